# Writes files into a C++ header: an array NAME of embedded_asset.
#
#   cmake -DNAME=... -DFILES="a;b" -DOUTPUT=... -P assets.cmake
set(entries "")
set(arrays "")
set(index 0)
foreach(file IN LISTS FILES)
  get_filename_component(base ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  if(extension STREQUAL ".html")
    set(type "text/html; charset=utf-8")
  elseif(extension STREQUAL ".js")
    set(type "text/javascript; charset=utf-8")
  elseif(extension STREQUAL ".css")
    set(type "text/css; charset=utf-8")
  elseif(extension STREQUAL ".svg")
    set(type "image/svg+xml")
  elseif(extension STREQUAL ".json")
    set(type "application/json")
  else()
    message(FATAL_ERROR "assets.cmake: no content type known for ${file}")
  endif()
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays
    "inline constexpr unsigned char ${NAME}_${index}[] = {${bytes}};\n")
  string(APPEND entries "  {\"${base}\", \"${type}\",\n"
    "   {reinterpret_cast<const char*>(${NAME}_${index}),"
    " sizeof ${NAME}_${index}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT}
"// Made by net/assets.cmake.
#pragma once
#include \"net/embedded_asset.hpp\"
namespace signalbox {
${arrays}inline const embedded_asset ${NAME}[] = {
${entries}};
} // namespace signalbox
")
