"""A program of which it is known what is hot: three times as much work as what is cold."""

def hot(n):
    s = 0.0
    for i in range(1, n):
        s += 1.0 / i
    return s


def cold(n):
    s = 0.0
    for i in range(1, n):
        s += 1.0 / (i + 1)
    return s


def main():
    s = 0.0
    for _ in range(3000):
        s += hot(6000) + cold(2000)
    print(s)


main()
