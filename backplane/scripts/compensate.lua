-- Takes back joins whose answers did not come in time, in silence, as nobody
-- was told of them. Such a join may have run, or may run yet: then it finds the
-- tombstone. In either order its member ends up out of the set.
--
-- KEYS  the room
-- ARGV  seconds for which the joins may still come; then the members
-- Returns {how many were in, how many are in now}.

local removed = 0
for i = 2, #ARGV do
  redis.call('SET', tombstone_of(ARGV[i]), '', 'EX', ARGV[1])
  removed = removed + redis.call('SREM', KEYS[1], ARGV[i])
end
-- After the write, so that CLIENT TRACKING goes on.
return {removed, redis.call('SCARD', KEYS[1])}
