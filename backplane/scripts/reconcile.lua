-- Makes the set's members of one holder those that the holder has: removes the
-- others of its members, and adds the missing ones in the order given, as far
-- as there are seats. Those that find none have left: that is published, unless
-- it was by whoever took them for dead. Also renews the time the set is kept
-- for.
--
-- KEYS  the room
-- ARGV  the holder, `sb:NODE:SHARD`; capacity; seconds the set is kept for;
--       PUBLISH or SPUBLISH; then the holder's members
-- Returns {all members now, those of the holder's that found no seat}.

local holder, capacity, ttl_seconds = ARGV[1] .. ':', tonumber(ARGV[2]), ARGV[3]

local is_mine = {}
for i = 5, #ARGV do
  is_mine[ARGV[i]] = true
end

local members, is_in = {}, {}
local function count_in(member)
  members[#members + 1] = member
  is_in[member] = true
end

for _, member in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local is_stale =
    string.sub(member, 1, #holder) == holder and not is_mine[member]
  if not is_stale or remove(member, ARGV[4]) == 0 then
    count_in(member)
  end
end

local rejected = {}
for i = 5, #ARGV do
  local member = ARGV[i]
  if not is_in[member] then
    if #members < capacity then
      redis.call('SADD', KEYS[1], member)
      count_in(member)
      -- Its next leave is another one.
      redis.pcall('DEL', gone_of(member))
    else
      rejected[#rejected + 1] = member
    end
  end
end

for _, member in ipairs(rejected) do
  -- If the answer is lost, the holder asks again: then it has been published.
  -- A write, as later versions of Redis track what a script reads.
  if redis.pcall('SET', gone_of(member), '', 'EX', 60, 'NX') then
    publish_leave(member, ARGV[4])
  end
end
keep(members, ttl_seconds)
return {members, rejected}
