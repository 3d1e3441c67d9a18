"""Weights drawn at random, on the scale that keeps a signal alive."""

from __future__ import annotations

import numpy as np

from autograder.exercises.initialization._weights import random_init

# ------------------------------------------------------------------------------- uniform, fan_in
uniform_fan_in = random_init(
    "uniform_fan_in",
    points=(2, 1),
    hint="rng.uniform(low, high, shape), with the limit 1/√fan_in on both sides of 0.",
    minutes=5,
    difficulty=2,
)


@uniform_fan_in.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can repeat "
    "the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return np.random.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use the "
    "rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    limit = 1 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "only positive",
    "All your weights are positive: the limits are -1/√fan_in and +1/√fan_in. (rng.random() alone "
    "starts at 0.)",
)
def _(fan_in, fan_out, rng):
    return rng.uniform(0, 1 / np.sqrt(fan_in), (fan_in, fan_out))


@uniform_fan_in.misconception(
    "no root", "The limit is 1/√fan_in; you divide by fan_in itself: the root is missing."
)
def _(fan_in, fan_out, rng):
    return rng.uniform(-1 / fan_in, 1 / fan_in, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "fan_out",
    "You count the outputs of the layer: count the inputs that a unit adds up, fan_in.",
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "half as wide",
    "Your range is half as wide as it should be: rng.random() - 0.5 goes from -0.5 to 0.5, which "
    "has to be stretched to the limit on each side.",
)
def _(fan_in, fan_out, rng):
    return (rng.random((fan_in, fan_out)) - 0.5) / np.sqrt(fan_in)


@uniform_fan_in.misconception(
    "a normal",
    "1/√fan_in is the limit of a uniform distribution here, and you use it as the standard "
    "deviation of a normal one: rng.uniform, not rng.normal.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 1 / np.sqrt(fan_in), (fan_in, fan_out))


@uniform_fan_in.misconception(
    "transposed", "The shape is (fan_in, fan_out): a row for each input, a column for each unit."
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_out, fan_in))


@uniform_fan_in.misconception(
    "one row for all",
    "You draw a single row (or column) and repeat it: then units are copies of one another. "
    "Every weight is drawn by itself: the shape is (fan_in, fan_out).",
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return np.tile(rng.uniform(-limit, limit, fan_out), (fan_in, 1))


@uniform_fan_in.misconception(
    "√3 too wide",
    "Your limit is √(3/fan_in): its *spread* would be 1/√fan_in. Here 1/√fan_in is the limit "
    "itself.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(3 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "He's limit",
    "√(6/fan_in) is He's limit. The old rule of this exercise has a 1 under the root.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "the root of fan_in as limit",
    "You multiply by √fan_in: many inputs need *small* weights, so divide.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@uniform_fan_in.misconception(
    "from -1 to 1",
    "Your numbers go from -1 to 1, whatever the layer: the limit is 1/√fan_in.",
)
def _(fan_in, fan_out, rng):
    return rng.uniform(-1, 1, (fan_in, fan_out))


@uniform_fan_in.equivalent("stretched from 0 … 1")
def _(fan_in, fan_out, rng):
    return (2 * rng.random((fan_in, fan_out)) - 1) * fan_in**-0.5


@uniform_fan_in.equivalent("one number after another, in lists")
def _(fan_in, fan_out, rng):
    limit = 1 / fan_in**0.5
    return [[rng.uniform(-limit, limit) for _ in range(fan_out)] for _ in range(fan_in)]


# ------------------------------------------------------------------------------- Xavier
xavier_normal = random_init(
    "xavier_normal",
    points=(2, 1),
    hint="rng.normal(0, sigma, shape) takes the standard deviation: √(2 / (fan_in + fan_out)).",
    minutes=5,
    difficulty=2,
)


@xavier_normal.misconception(
    "the uniform's 6",
    "There is a 6 where the normal distribution has a 2: the 6 belongs to the limits of the "
    "uniform one.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(6 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_normal.misconception(
    "the variance as scale",
    "2/(fan_in + fan_out) is the variance; rng.normal needs the standard deviation, its root.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 2 / (fan_in + fan_out), (fan_in, fan_out))


@xavier_normal.misconception(
    "fan_in alone",
    "You use 2/fan_in, which is He's formula: Xavier's divides by the sum of both fans.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


@xavier_normal.misconception(
    "twice the mean",
    "You divide 2 by the *mean* of the two fans. It is 2 over their sum (or 1 over their mean).",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / ((fan_in + fan_out) / 2)), (fan_in, fan_out))


@xavier_normal.misconception(
    "brackets missing",
    "2 / fan_in + fan_out divides by fan_in only, and then adds: the sum needs brackets.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in + fan_out), (fan_in, fan_out))


@xavier_normal.misconception(
    "1 over the sum",
    "There is a 1 where the 2 should be: it is 2 over the *sum* of the fans.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_normal.misconception(
    "a uniform",
    "Your numbers are uniform between -σ and σ. Here σ is the standard deviation of a normal "
    "distribution: rng.normal.",
)
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / (fan_in + fan_out))
    return rng.uniform(-sigma, sigma, (fan_in, fan_out))


@xavier_normal.misconception(
    "one row for all",
    "You draw a single row (or column) and repeat it: then all units are copies again. Every "
    "weight is drawn by itself: the shape is (fan_in, fan_out).",
)
def _(fan_in, fan_out, rng):
    row = rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), fan_out)
    return np.tile(row, (fan_in, 1))


@xavier_normal.misconception(
    "no tails",
    "Right spread, but no number beyond about 2.3 σ: that is Keras' truncated normal. Here it is "
    "the plain normal, tails included.",
)
def _(fan_in, fan_out, rng):
    draws = rng.normal(size=(fan_in, fan_out))
    while (np.abs(draws) > 2).any():
        draws = np.where(np.abs(draws) > 2, rng.normal(size=draws.shape), draws)
    return draws / 0.8796256610 * np.sqrt(2 / (fan_in + fan_out))


@xavier_normal.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can "
    "repeat the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    return np.random.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_normal.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use "
    "the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_normal.misconception(
    "transposed",
    "The shape is (fan_in, fan_out): a row for each input, a column for each unit.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_out, fan_in))


@xavier_normal.misconception(
    "only positive",
    "All your weights are positive: rng.random() starts at 0, and np.abs takes the signs "
    "away. Half of the weights should be below 0.",
)
def _(fan_in, fan_out, rng):
    return np.abs(rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out)))


@xavier_normal.misconception(
    "1 over fan_in",
    "√(1/fan_in) is LeCun's scale. (Some courses call it Xavier's.) Xavier looks at both ways "
    "through the layer: 2 over the sum of both fans.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / fan_in), (fan_in, fan_out))


@xavier_normal.misconception(
    "root of 2 only",
    "Your root covers the 2 only: the sum of the fans belongs under it as well.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2) / (fan_in + fan_out), (fan_in, fan_out))


@xavier_normal.misconception(
    "product of the fans",
    "You multiply the fans: it is 2 over their *sum*.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / (fan_in * fan_out)), (fan_in, fan_out))


@xavier_normal.misconception(
    "fan_out alone",
    "You use fan_out alone: Xavier's formula divides by the sum of both fans.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_out), (fan_in, fan_out))


@xavier_normal.misconception(
    "not scaled",
    "Your weights have the standard deviation 1, whatever the layer: scale them.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(size=(fan_in, fan_out))


@xavier_normal.misconception(
    "clipped",
    "Large weights are cut off: many of yours are exactly the largest that there is, and the "
    "spread is too small. Return the numbers of rng as they are.",
)
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / (fan_in + fan_out))
    return np.clip(rng.normal(0, sigma, (fan_in, fan_out)), -sigma, sigma)


@xavier_normal.equivalent("standard normal, scaled, from the mean fan")
def _(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) / np.sqrt((fan_in + fan_out) / 2)


@xavier_normal.equivalent("drawn on its side")
def _(fan_in, fan_out, rng):
    sigma = (2 / (fan_in + fan_out)) ** 0.5
    return rng.normal(scale=sigma, size=(fan_out, fan_in)).T


@xavier_normal.equivalent("column by column")
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / (fan_in + fan_out))
    W = np.zeros((fan_in, fan_out))
    for j in range(fan_out):
        W[:, j] = sigma * rng.normal(size=fan_in)
    return W


xavier_uniform = random_init(
    "xavier_uniform",
    points=(2,),
    hint="The normal's σ is √(2/(fan_in+fan_out)); a uniform one of that spread ends at √3·σ.",
    minutes=4,
    difficulty=2,
)


@xavier_uniform.misconception(
    "three times σ",
    "Your limit is 3·σ. A uniform distribution that ends at a has the standard deviation a/√3: so "
    "a is √3·σ.",
)
def _(fan_in, fan_out, rng):
    limit = 3 * np.sqrt(2 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "the normal's 2",
    "Your limits have the normal's 2: they are its σ, and a uniform distribution that ends there "
    "has only the spread σ/√3. The number under the root is 6.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(2 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "the limits as mean and spread",
    "rng.normal(-limit, limit) has the *mean* -limit: all units get a strong negative bias. One "
    "source prints it this way but means U: rng.uniform.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.normal(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "a normal of that limit",
    "√(6/(fan_in+fan_out)) is where the uniform distribution ends; you use it as the σ of a normal "
    "one.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(6 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_uniform.misconception("no root", "The root is missing: the limit is √(6/(fan_in+fan_out)).")
def _(fan_in, fan_out, rng):
    limit = 6 / (fan_in + fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "fan_in alone",
    "You divide the 6 by fan_in only, which is He's formula: Xavier's has the sum of both fans.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can "
    "repeat the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    return np.random.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use "
    "the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.misconception(
    "transposed",
    "The shape is (fan_in, fan_out): a row for each input, a column for each unit.",
)
def _(fan_in, fan_out, rng):
    return rng.uniform(-1, 1, (fan_out, fan_in)) * np.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.misconception(
    "one row for all",
    "You draw a single row (or column) and repeat it: then units are copies of one another. "
    "Every weight is drawn by itself: the shape is (fan_in, fan_out).",
)
def _(fan_in, fan_out, rng):
    row = rng.uniform(-1, 1, fan_out) * np.sqrt(6 / (fan_in + fan_out))
    return np.tile(row, (fan_in, 1))


@xavier_uniform.misconception(
    "only positive",
    "All your weights are positive: rng.random() starts at 0, and np.abs takes the signs "
    "away. Half of the weights should be below 0.",
)
def _(fan_in, fan_out, rng):
    return np.abs(rng.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / (fan_in + fan_out)))


@xavier_uniform.misconception(
    "6 outside the root",
    "Your 6 stands outside the root: it belongs under it, with the sum of the fans.",
)
def _(fan_in, fan_out, rng):
    limit = 6 / np.sqrt(fan_in + fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "root of 6 only",
    "Your root covers the 6 only: the sum of the fans belongs under it as well.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6) / (fan_in + fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "3 in place of 6",
    "Your limit has a 3. The spread of a uniform distribution is its limit over √3, and "
    "Xavier's variance has a 2: that makes 6.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(3 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "brackets missing",
    "6 / fan_in + fan_out divides by fan_in only, and then adds: the sum needs brackets.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / fan_in + fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.misconception(
    "xavier_normal",
    "These have the right spread, but are normal numbers: that is xavier_normal. Here they "
    "are uniform.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


@xavier_uniform.misconception(
    "half as wide",
    "Your range is half as wide as it should be: rng.random() - 0.5 goes from -0.5 to 0.5, "
    "which has to be stretched to the limit on each side.",
)
def _(fan_in, fan_out, rng):
    return (rng.random((fan_in, fan_out)) - 0.5) * np.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.misconception(
    "1 over fan_in",
    "1/√fan_in is the limit of uniform_fan_in. Xavier looks at both ways through the layer: "
    "the sum of both fans.",
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@xavier_uniform.equivalent("from the spread")
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / (fan_in + fan_out))
    return sigma * 3**0.5 * rng.uniform(-1, 1, size=(fan_in, fan_out))


@xavier_uniform.equivalent("a size of its own and a random sign")
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    shape = (fan_in, fan_out)
    return limit * rng.random(shape) * rng.choice([-1.0, 1.0], shape)


# ------------------------------------------------------------------------------- He
he_normal = random_init(
    "he_normal",
    points=(2, 1),
    hint="As xavier_normal, with the standard deviation √(2 / fan_in).",
    minutes=4,
    difficulty=2,
)


@he_normal.misconception(
    "halved once more",
    "Your variance is 1/(2·fan_in): that takes half away, as ReLU does already. To make up for "
    "the half that is lost, fan_in·σ² has to be 2.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / (2 * fan_in)), (fan_in, fan_out))


@he_normal.misconception(
    "the variance as scale",
    "2/fan_in is the variance; rng.normal needs the standard deviation, its root.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 2 / fan_in, (fan_in, fan_out))


@he_normal.misconception(
    "fan_out",
    "You divide by fan_out. A unit adds up fan_in inputs, and that sum is what must keep its size.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_out), (fan_in, fan_out))


@he_normal.misconception(
    "both fans", "2 over the sum of both fans is Xavier's formula: He's has fan_in alone."
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


@he_normal.misconception(
    "1 instead of 2",
    "√(1/fan_in) is LeCun's scale. ReLU throws half of the signal away: the 2 makes up for that.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / fan_in), (fan_in, fan_out))


@he_normal.misconception(
    "the uniform's 6", "The 6 belongs to the limits of he_uniform: the normal one has a 2."
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(6 / fan_in), (fan_in, fan_out))


@he_normal.misconception(
    "not scaled", "Your weights have the standard deviation 1, whatever the layer: scale them."
)
def _(fan_in, fan_out, rng):
    return rng.normal(size=(fan_in, fan_out))


@he_normal.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can "
    "repeat the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    return np.random.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


@he_normal.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use "
    "the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


@he_normal.misconception(
    "transposed",
    "The shape is (fan_in, fan_out): a row for each input, a column for each unit.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in))


@he_normal.misconception(
    "one row for all",
    "You draw a single row (or column) and repeat it: then units are copies of one another. "
    "Every weight is drawn by itself: the shape is (fan_in, fan_out).",
)
def _(fan_in, fan_out, rng):
    row = rng.normal(0, np.sqrt(2 / fan_in), fan_out)
    return np.tile(row, (fan_in, 1))


@he_normal.misconception(
    "only positive",
    "All your weights are positive: rng.random() starts at 0, and np.abs takes the signs "
    "away. Half of the weights should be below 0.",
)
def _(fan_in, fan_out, rng):
    return np.abs(rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)))


@he_normal.misconception(
    "a uniform",
    "Your numbers are uniform between -σ and σ. Here σ is the standard deviation of a normal "
    "distribution: rng.normal.",
)
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / fan_in)
    return rng.uniform(-sigma, sigma, (fan_in, fan_out))


@he_normal.misconception(
    "from 0 to the scale",
    "Your numbers are uniform from 0 to the scale: rng.random() is neither normal nor around "
    "0. rng.normal (or standard_normal) is.",
)
def _(fan_in, fan_out, rng):
    return rng.random((fan_in, fan_out)) * np.sqrt(2 / fan_in)


@he_normal.misconception(
    "uniform around 0",
    "Your numbers are uniform: rng.random() - 0.5 lies around 0, but it has no tails and a "
    "spread of 0.29. Use rng.normal (or standard_normal).",
)
def _(fan_in, fan_out, rng):
    return (rng.random((fan_in, fan_out)) - 0.5) * np.sqrt(2 / fan_in)


@he_normal.misconception(
    "no tails",
    "Right spread, but no number beyond about 2.3 σ: that is Keras' truncated normal. Here it "
    "is the plain normal, tails included.",
)
def _(fan_in, fan_out, rng):
    draws = rng.normal(size=(fan_in, fan_out))
    while (np.abs(draws) > 2).any():
        draws = np.where(np.abs(draws) > 2, rng.normal(size=draws.shape), draws)
    return draws / 0.8796256610 * np.sqrt(2 / fan_in)


@he_normal.misconception(
    "cut at 2 σ",
    "Your numbers end at 2 σ, and their spread is 0.88 σ: the tails are cut off. Here it is "
    "the plain normal, tails included.",
)
def _(fan_in, fan_out, rng):
    draws = rng.normal(size=(fan_in, fan_out))
    while (np.abs(draws) > 2).any():
        draws = np.where(np.abs(draws) > 2, rng.normal(size=draws.shape), draws)
    return draws * np.sqrt(2 / fan_in)


@he_normal.misconception(
    "0.01 for every layer",
    "All layers have the scale 0.01, whatever their size, so the signal fades. He's scale "
    "depends on fan_in.",
)
def _(fan_in, fan_out, rng):
    return 0.01 * rng.normal(size=(fan_in, fan_out))


@he_normal.misconception(
    "root of 2 only",
    "Your root covers the 2 only: fan_in belongs under it as well.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2) / fan_in, (fan_in, fan_out))


@he_normal.misconception(
    "2 outside the root",
    "Your 2 stands outside the root: it belongs under it, with fan_in.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 2 / np.sqrt(fan_in), (fan_in, fan_out))


@he_normal.misconception(
    "clipped",
    "Large weights are cut off: many of yours are exactly the largest that there is, and the "
    "spread is too small. Return the numbers of rng as they are.",
)
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / fan_in)
    return np.clip(rng.normal(0, sigma, (fan_in, fan_out)), -sigma, sigma)


@he_normal.equivalent("scaled afterwards")
def _(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) * np.sqrt(2.0 / fan_in)


@he_normal.equivalent("unit by unit")
def _(fan_in, fan_out, rng):
    units = [rng.normal(0, (2 / fan_in) ** 0.5, fan_in) for _ in range(fan_out)]
    return np.stack(units, axis=1)


he_uniform = random_init(
    "he_uniform",
    points=(2,),
    hint="As xavier_uniform, but divide the 6 by fan_in alone.",
    minutes=3,
    difficulty=1,
)


@he_uniform.misconception(
    "the normal's 2",
    "Your limits have the normal's 2: a uniform distribution that ends at σ has only the spread "
    "σ/√3. The number under the root is 6.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(2 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception(
    "both fans", "The sum of both fans is Xavier's: He's limit has fan_in alone."
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception("no root", "The root is missing: the limit is √(6/fan_in).")
def _(fan_in, fan_out, rng):
    return rng.uniform(-6 / fan_in, 6 / fan_in, (fan_in, fan_out))


@he_uniform.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can "
    "repeat the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    return np.random.uniform(-np.sqrt(6 / fan_in), np.sqrt(6 / fan_in), (fan_in, fan_out))


@he_uniform.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use "
    "the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.uniform(-np.sqrt(6 / fan_in), np.sqrt(6 / fan_in), (fan_in, fan_out))


@he_uniform.misconception(
    "transposed",
    "The shape is (fan_in, fan_out): a row for each input, a column for each unit.",
)
def _(fan_in, fan_out, rng):
    return rng.uniform(-np.sqrt(6 / fan_in), np.sqrt(6 / fan_in), (fan_out, fan_in))


@he_uniform.misconception(
    "one row for all",
    "You draw a single row (or column) and repeat it: then units are copies of one another. "
    "Every weight is drawn by itself: the shape is (fan_in, fan_out).",
)
def _(fan_in, fan_out, rng):
    row = rng.uniform(-np.sqrt(6 / fan_in), np.sqrt(6 / fan_in), fan_out)
    return np.tile(row, (fan_in, 1))


@he_uniform.misconception(
    "only positive",
    "All your weights are positive: rng.random() starts at 0, and np.abs takes the signs "
    "away. Half of the weights should be below 0.",
)
def _(fan_in, fan_out, rng):
    return np.abs(rng.uniform(-np.sqrt(6 / fan_in), np.sqrt(6 / fan_in), (fan_in, fan_out)))


@he_uniform.misconception(
    "6 outside the root",
    "Your 6 stands outside the root: it belongs under it, with fan_in.",
)
def _(fan_in, fan_out, rng):
    limit = 6 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception(
    "root of 6 only",
    "Your root covers the 6 only: fan_in belongs under it as well.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6) / fan_in
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception(
    "3 in place of 6",
    "√(3/fan_in) is LeCun's limit: it keeps the signal without ReLU. He's 2 makes it 6.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(3 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception(
    "fan_out",
    "You divide by fan_out. A unit adds up fan_in inputs, and that sum is what must keep its size.",
)
def _(fan_in, fan_out, rng):
    limit = np.sqrt(6 / fan_out)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@he_uniform.misconception(
    "a normal of that limit",
    "√(6/fan_in) is where the uniform distribution ends; you use it as the σ of a normal one.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(6 / fan_in), (fan_in, fan_out))


@he_uniform.misconception(
    "he_normal",
    "These are the right spread, but normal numbers: that is he_normal. Here they are uniform.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


@he_uniform.misconception(
    "half as wide",
    "Your range is half as wide as it should be: rng.random() - 0.5 goes from -0.5 to 0.5, "
    "which has to be stretched to the limit on each side.",
)
def _(fan_in, fan_out, rng):
    return (rng.random((fan_in, fan_out)) - 0.5) * np.sqrt(6 / fan_in)


@he_uniform.equivalent("√3 times he_normal's σ")
def _(fan_in, fan_out, rng):
    limit = np.sqrt(3) * np.sqrt(2 / fan_in)
    return -limit + 2 * limit * rng.random(size=(fan_in, fan_out))


@he_uniform.equivalent("a long row, folded")
def _(fan_in, fan_out, rng):
    limit = (6 / fan_in) ** 0.5
    return rng.uniform(-limit, limit, fan_in * fan_out).reshape(fan_in, fan_out)
