#!/usr/bin/env python3
"""How many processors and replicas a rate of requests needs, and what a million of them cost, from what one request
takes: the tables of docs/scaling.md.

    Benchmarks/http/sizing.py "224 x 224=17.2" "640 x 480=19.4" "12 megapixels=101"
"""

import argparse
import math

RATES = (1, 10, 50, 100, 250, 500, 1000)


def cores(rate, milliseconds, load):
    """Processors that a rate of requests a second needs."""
    return max(1, math.ceil(rate * milliseconds / 1000 / load - 1e-9))


def replicas(rate, milliseconds, load, size):
    """Replicas of so many processors, with one to spare for the one that is away."""
    return math.ceil(cores(rate, milliseconds, load) / size) + 1


def hours(milliseconds, load):
    """Processor hours that are paid for a million requests."""
    return 1e6 * milliseconds / 1000 / 3600 / load


def counted(cores):
    return f"{cores} core" + ("s" if cores != 1 else "")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("work", nargs="+", help="a name, =, and the milliseconds of processor that a request takes")
    options.add_argument("--load", type=float, default=0.7, help="the share of the processors that is used at the peak")
    options.add_argument("--size", type=int, default=2, help="processors of a replica")
    options.add_argument("--price", type=float, default=0.04, help="of a processor for an hour")
    options = options.parse_args()
    work = [(name, float(cost)) for name, _, cost in (text.rpartition("=") for text in options.work)]

    print("| requests a second | " + " | ".join(name for name, _ in work) + " |")
    print("| --- |" + " --- |" * len(work))
    for rate in RATES:
        needs = []
        for _, cost in work:
            count = replicas(rate, cost, options.load, options.size)
            needs.append(f"{counted(cores(rate, cost, options.load))}, {count} replicas")
        print(f"| {rate} | " + " | ".join(needs) + " |")
    print()
    print("| a million requests | processor hours | at " + f"{options.price:g} for one |")
    print("| --- | --- | --- |")
    for name, cost in work:
        paid = hours(cost, options.load)
        print(f"| {name} | {paid:.1f} | {paid * options.price:.2f} |")


if __name__ == "__main__":
    main()
