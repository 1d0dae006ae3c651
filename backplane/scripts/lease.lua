-- Renews a holder's lease, and says which of other holders have none.
--
-- KEYS  signalbox:nodes, a sorted set: holder -> when its lease runs out, in
--       milliseconds of Redis' own clock
-- ARGV  the holder; milliseconds the lease lasts; milliseconds after which a
--       lease that ran out is forgotten; then the holders asked about
-- Returns {1 if the holder had a lease until now, else 0; the dead ones}. With
-- 0, Redis may have lost its data: then those alive look dead until they renew.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function has_lease(holder)
  local end_of_lease = redis.call('ZSCORE', KEYS[1], holder)
  return end_of_lease and tonumber(end_of_lease) > now
end

local held = has_lease(ARGV[1]) and 1 or 0
local dead = {}
for i = 4, #ARGV do
  if not has_lease(ARGV[i]) then
    dead[#dead + 1] = ARGV[i]
  end
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now - ARGV[3])
return {held, dead}
