-- Which holders have a lease, or had one not long ago.
--
-- KEYS  signalbox:nodes (lease.lua)
-- Returns {holder, milliseconds its lease still lasts, ...}; negative: since it
-- has run out.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 2, #leases, 2 do
  leases[i] = tonumber(leases[i]) - now
end
return leases
