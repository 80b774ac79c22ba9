-- Asks for the addresses of the file PATHS in turn, each thread from another place.
local paths, at, threads = {}, 0, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function setup(thread) thread:set("first", threads * 37); threads = threads + 1 end
function init() at = first end
function request()
  at = at + 1
  return wrk.format("GET", paths[at % #paths + 1])
end
