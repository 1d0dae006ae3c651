-- Gives a member a seat if there is one.
--
-- KEYS  the room
-- ARGV  the member; capacity; seconds the set is kept for; whether the members
--       are wanted (1 or 0); PUBLISH or SPUBLISH; then members of dead nodes,
--       which are removed first
-- Returns {status, how many are in, members...}. Status 1: seated, now or
-- before; 0: the room is full, and its members are listed in any case; -1: the
-- join was given up before it ran (see compensate), nobody was seated.

local member, capacity, ttl_seconds = ARGV[1], tonumber(ARGV[2]), ARGV[3]

for i = 6, #ARGV do
  bury(ARGV[i], ARGV[5])
end

local status = 1
if redis.call('SISMEMBER', KEYS[1], member) == 0 then
  if redis.call('SCARD', KEYS[1]) < capacity then
    redis.call('SADD', KEYS[1], member)
  else
    status = 0
  end
end

-- By a write, as later versions of Redis track what a script reads; and after
-- the one that fails without memory, as only the first write may. In a slot on
-- the move it fails, and counts as not there.
if status == 1 and redis.pcall('EXPIRE', tombstone_of(member), 60) == 1 then
  redis.call('SREM', KEYS[1], member)
  return {-1, redis.call('SCARD', KEYS[1])}
end

local result = redis.call('SMEMBERS', KEYS[1])
local count = #result
if status == 1 then
  keep(result, ttl_seconds)
  if ARGV[4] ~= '1' then
    return {status, count}
  end
end
table.insert(result, 1, count)
table.insert(result, 1, status)
return result
