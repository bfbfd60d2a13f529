-- What wrk sends: executeTrade for a random portfolio, and a look at every answer.
-- Arguments: the file with the portfolios' ids, the API key, and a word of this run for clientOrderId.
local OPERATION = [[mutation Trade($input: ExecuteTradeInput!) { executeTrade(input: $input) { __typename
  ... on TradeExecuted { order { id status averagePrice filledQuantity } trades { price value }
    portfolio { cash } position { quantity } duplicate }
  ... on OrderRejected { code message } } }]]
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init(arguments)
  local ids = {}
  for id in io.lines(arguments[1]) do table.insert(ids, id) end
  portfolios, run, sent = ids, arguments[3], 0
  executed, refused, failed, example = 0, 0, 0, ""
  math.randomseed(os.time() * 16 + number)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["X-API-Key"] = arguments[2]
  before = '{"query":"' .. OPERATION:gsub("%s+", " ") .. '","variables":{"input":{"symbol":"AAPL","side":"BUY","quantity":"1","portfolioId":"'
end

function request()
  sent = sent + 1
  local id = portfolios[math.random(#portfolios)]
  local body = before .. id .. '","clientOrderId":"' .. run .. "-" .. number .. "-" .. sent .. '"}}}'
  return wrk.format(nil, nil, nil, body)
end

function response(status, _, body)
  if body:find('"TradeExecuted"', 1, true) then
    executed = executed + 1
    return
  end
  if body:find('"OrderRejected"', 1, true) then refused = refused + 1 else failed = failed + 1 end
  example = status .. " " .. body:sub(1, 300):gsub("%s", " ")
end

-- One line for bench/wrk.py, and the first answer that was no trade.
function done(summary, latency)
  local total = { executed = 0, refused = 0, failed = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(total) do total[name] = total[name] + thread:get(name) end
    if thread:get("example") ~= "" then print("not executed: " .. thread:get("example")) end
  end
  local errors = summary.errors
  print(string.format(
    '{"seconds":%f,"executed":%d,"refused":%d,"failed":%d,"broken":%d,"mean_ms":%f,"p50_ms":%f,"p99_ms":%f}',
    summary.duration / 1e6, total.executed, total.refused, total.failed,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency.mean / 1e3, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
