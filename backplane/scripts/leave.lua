-- Gives a member's seat back and tells the other nodes.
--
-- KEYS  the room
-- ARGV  the member; PUBLISH or SPUBLISH; whether it was the last of its node
--       here (1 or 0)
-- Returns {1 if it was in, else 0; how many are in now}.

local member, publish, is_last = ARGV[1], ARGV[2], ARGV[3] == '1'

if not is_last then
  local removed = remove(member, publish)
  -- After the write, so that CLIENT TRACKING goes on.
  return {removed, redis.call('SCARD', KEYS[1])}
end

-- The node has done with the room. All reads come before the write, which ends
-- CLIENT TRACKING: Redis would keep account of this key for good otherwise.
local members = redis.call('SMEMBERS', KEYS[1])
local removed = remove(member, publish)
if holds_reference_member(members) then
  redis.call('PERSIST', KEYS[1])
end
return {removed, #members - removed}
