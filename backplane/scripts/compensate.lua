-- Takes back a join whose answer did not come in time, in silence, as nobody
-- was told of it. That join may have run, or may run yet: then it finds the
-- tombstone. In either order the member ends up out of the set.
--
-- KEYS  the room
-- ARGV  the member; seconds for which its join may still come
-- Returns {1 if it was in, else 0; how many are in now}.

redis.call('SET', tombstone_of(ARGV[1]), '', 'EX', ARGV[2])
local removed = redis.call('SREM', KEYS[1], ARGV[1])
-- After the write, so that CLIENT TRACKING goes on.
return {removed, redis.call('SCARD', KEYS[1])}
