-- One request, given in the environment, again and again; at the end one line of JSON.
wrk.method = os.getenv('BENCH_METHOD')
local body = os.getenv('BENCH_BODY')
if body then
  wrk.body = body
  wrk.headers['Content-Type'] = 'application/json'
end

done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local line = '{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f}\n'
  io.write(string.format(line, summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
