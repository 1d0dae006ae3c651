-- Does what the others do, a write and a publication, to see whether they would
-- work. A subscriber of the channel then shows whether it hears.
--
-- KEYS  signalbox:{probe:HOLDER:NUMBER}, also the channel's name
-- ARGV  what to publish; milliseconds the key is kept for; PUBLISH or SPUBLISH

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call(ARGV[3], KEYS[1], ARGV[1])
return redis.status_reply('OK')
