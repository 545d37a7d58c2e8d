// A program of which it is known what is hot: three times as much work as what is cold.
function hot(n) {
  let sum = 0;
  for (let i = 1; i < n; i++) sum += 1 / i;
  return sum;
}

function cold(n) {
  let sum = 0;
  for (let i = 1; i < n; i++) sum += 1 / (i + 1);
  return sum;
}

let sum = 0;
for (let i = 0; i < 2000; i++) sum += hot(300_000) + cold(100_000);
console.log(sum);
