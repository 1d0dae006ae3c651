-- Counts a connection of a client's address: takes a token, which may leave the
-- bucket in debt, by one limit at most.
-- Source: the generic cell rate algorithm as a leaky bucket, ITU-T I.371 Annex
-- A. What is in the bucket is kept, not when it will be empty: that would be
-- lost in the digits of a clock at high limits.
--
-- KEYS  signalbox:conn:ADDRESS, kept until the bucket is full again
-- ARGV  tokens that come back in 10 s, and how many there are at most
-- Returns the tokens left, as text; below 0, this one should not have come.

local limit = tonumber(ARGV[1])
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]

local used, then_us =
  string.match(redis.call('GET', KEYS[1]) or '0 0', '^(%S+) (%S+)$')
-- A clock that was set back refills nothing, and takes nothing either.
local refilled = math.max(0, now_us - tonumber(then_us)) * limit / 10000000
used = math.min(math.max(0, tonumber(used) - refilled) + 1, 2 * limit)

redis.call('SET', KEYS[1], string.format('%.17g %.0f', used, now_us),
  'PX', string.format('%.0f', math.ceil(used * 10000 / limit)))
return string.format('%.17g', limit - used)
