-- Removes members of dead nodes, and publishes their leaves for them.
--
-- KEYS  the room
-- ARGV  PUBLISH or SPUBLISH; then the members of dead nodes
-- Returns the members that are left.

for i = 2, #ARGV do
  bury(ARGV[i], ARGV[1])
end
-- After the write, so that CLIENT TRACKING goes on.
return redis.call('SMEMBERS', KEYS[1])
