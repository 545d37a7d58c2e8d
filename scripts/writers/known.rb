# A program of which it is known what is hot: three times as much work as what is cold.
def hot(n)
  sum = 0.0
  i = 1
  while i < n
    sum += 1.0 / i
    i += 1
  end
  sum
end

def cold(n)
  sum = 0.0
  i = 1
  while i < n
    sum += 1.0 / (i + 1)
    i += 1
  end
  sum
end

def work
  sum = 0.0
  3_000.times { sum += hot(6_000) + cold(2_000) }
  sum
end

work if $PROGRAM_NAME == __FILE__
