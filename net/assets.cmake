# Writes the files of a folder into a C++ header: an array NAME of
# {name, content_type, content}.
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
#include <string_view>
namespace signalbox {
struct embedded_asset {
  std::string_view name;
  std::string_view content_type;
  std::string_view content;
};
${arrays}inline const embedded_asset ${NAME}[] = {
${entries}};
} // namespace signalbox
")
