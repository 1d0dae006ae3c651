-- Goes in front of every script about a room: whose a member is, how one is
-- removed, and how long the room's set is kept. KEYS[1] is the set, and its
-- name is the name of the room's channel too.

-- The node of a member of Signalbox's (`sb:NODE:SHARD:NUMBER`, see member_id);
-- nil for an id that another server has put there.
local function node_of(member)
  local node, shard, number =
    string.match(member, '^sb:([a-z2-7]+):([0-9]+):([0-9a-f]+)$')
  if node and #node == 12 and #shard <= 9 and #number <= 16
      and not string.find(shard, '^0.') and not string.find(number, '^0.') then
    return node
  end
  return nil
end

-- Publishes the leave of a member of Signalbox's, as if its node had.
local function publish_leave(member, publish)
  redis.call(publish, KEYS[1], '{"senderId":"' .. member
    .. '","data":{"type":"peer-disconnected"},"originServerId":"'
    .. node_of(member) .. '"}')
end

-- Removes a member of Signalbox's and publishes its leave. Returns 1 if it was
-- in, else 0. Others' members are never touched.
local function remove(member, publish)
  if not node_of(member) or redis.call('SREM', KEYS[1], member) == 0 then
    return 0
  end
  publish_leave(member, publish)
  return 1
end

-- Says that a member's leave was published by others than its own node, which
-- is perhaps only frozen, and would publish it again when it finds the seat
-- taken. Not declared as a key either (see tombstone_of).
local function gone_of(member)
  return 'signalbox:{' .. KEYS[1] .. '}:gone:' .. member
end

-- The same for a member of a dead node. In a slot on the move the second write
-- fails: then its leave may come twice.
local function bury(member, publish)
  if remove(member, publish) == 1 then
    redis.pcall('SET', gone_of(member), '', 'EX', 60)
  end
end

-- What keeps a join of the member that was given up from running later. In the
-- slot of the room, and not declared as a key: CLIENT TRACKING would keep account
-- of each one, and a slot on the move could not be joined in at all.
local function tombstone_of(member)
  return 'signalbox:{' .. KEYS[1] .. '}:left:' .. member
end

local function holds_reference_member(members)
  for _, member in ipairs(members) do
    if not node_of(member) then
      return true
    end
  end
  return false
end

-- Says how long Redis keeps the set, which holds `members`: nobody renews it
-- for members of other servers, so it must not run out under them. Also reads
-- it: a write ends CLIENT TRACKING of a key, even of whose write it is, and
-- only a read after it begins it again.
local function keep(members, ttl_seconds)
  if holds_reference_member(members) then
    redis.call('PERSIST', KEYS[1])
  else
    redis.call('EXPIRE', KEYS[1], ttl_seconds)
  end
  redis.call('SCARD', KEYS[1])
end
