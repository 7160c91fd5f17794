"""The scripts of the token bucket; each runs as one step on Valkey's own clock.

The bucket is a hash: `tokens` as of `at`, the account's `rate`, the learnt `factor` on it and
when it was `learnt`, and how many are `left` of the day, which allows
`daily` (-1: no limit).
"""

from typing import Final

# KEYS: the bucket, `asked`, `bulk:limited`, `bulk:called`. ARGV: how many are wanted, the burst in
# seconds, the seconds between two questions for the quota. Gives all that is wanted, as far as one
# burst reaches, or says how long to wait. All that a call wants to know is in the one answer:
# {granted, seconds, why, rate, factor, whether to ask for the quota, whether it may be bulk}.
# While bulk is limited, one call a second may be for many.
TAKE: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6
local ask = redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[3]) and 1 or 0
local b = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'rate', 'factor', 'left')
if not (b[1] and b[2] and b[3]) then return {0, '1', 'unknown', '0', '1', ask, 1} end
local factor = b[4] or '1'
local rate = tonumber(b[3]) * tonumber(factor)
local burst = math.max(1, rate * tonumber(ARGV[2]))
local passed = math.max(0, now - tonumber(b[2]))
local tokens = math.min(burst, tonumber(b[1]) + passed * rate)
local left = tonumber(b[5] or '-1')
local want = math.min(tonumber(ARGV[1]), math.floor(burst))
if left >= 0 then want = math.min(want, left) end
local got, wait, why = 0, 0, 'pace'
if want < 1 then
    wait, why = 60, 'quota'
elseif tokens >= want then
    got = want
    tokens = tokens - want
    if left >= 0 then redis.call('HSET', KEYS[1], 'left', left - want) end
else
    wait = (want - tokens) / rate
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens),
           'at', string.format('%.6f', now))
local bulk = 1
if got > 1 and redis.call('EXISTS', KEYS[3]) == 1
        and not redis.call('SET', KEYS[4], '1', 'NX', 'PX', 1000) then bulk = 0 end
return {got, string.format('%.6f', wait), why, b[3], factor, ask, bulk}
"""

# ARGV: 1 after a throttled call. Moves the factor at most once a second: many workers are told of
# the same throttling at the same moment. What was learnt in the future is from before the clock
# jumped back, and holds nothing up.
LEARN: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6
local b = redis.call('HMGET', KEYS[1], 'rate', 'factor', 'learnt')
if not b[1] or (b[3] and math.abs(now - tonumber(b[3])) < 1) then return 0 end
local factor = tonumber(b[2] or '1')
if ARGV[1] == '1' then
    factor = math.max(factor / 2, math.min(1, 1 / tonumber(b[1])))
else
    factor = math.min(1, factor + 0.05)
end
redis.call('HSET', KEYS[1], 'factor', string.format('%.6f', factor),
           'learnt', string.format('%.6f', now))
return 1
"""

# ARGV: rate, left of the day, seconds after which an untold bucket is forgotten, what a day allows.
# A new bucket starts empty, so that a flush in mid-second cannot grant the same second twice.
TELL: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6
redis.call('HSETNX', KEYS[1], 'tokens', '0')
redis.call('HSETNX', KEYS[1], 'at', string.format('%.6f', now))
redis.call('HSET', KEYS[1], 'rate', ARGV[1], 'left', ARGV[2], 'daily', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""

# ARGV: how many were granted and not used. They count towards the day again, too.
GIVE_BACK: Final = """
if redis.call('HEXISTS', KEYS[1], 'rate') == 0 then return end
redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', ARGV[1])
local left = tonumber(redis.call('HGET', KEYS[1], 'left') or '-1')
if left >= 0 then redis.call('HINCRBY', KEYS[1], 'left', ARGV[1]) end
"""
