require "json"
require "stackprof"
require_relative "known"

profile = StackProf.run(mode: :cpu, interval: 10_000, raw: true) { work }
File.write("stackprof.json", JSON.generate(profile))
File.binwrite("stackprof.dump", Marshal.dump(profile))
