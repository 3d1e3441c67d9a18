"""Training. Optimizer and order are free, so a run is judged by properties."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from autograder.exercises.training import _runs as runs
from autograder.exercises.training._runs import judged, run
from reference_impl import mlp_training as reference

train = Exercise(
    "train",
    reference=reference.train,
    outputs=("params", "history"),
    compare=runs.compare_runs,
    minutes=25,
    difficulty=5,
    hint="Two loops: over the epochs, and inside over minibatches(len(X), batch_size, rng). For "
    "each batch: forward, gradient of the loss, backward, a step for every W and b. After the "
    "inner loop: forward on X_val, and append to the three lists.",
)


@train.cases("what is returned", points=1)
def _(rng: Rng) -> list[Case]:
    network = runs.network(rng, 2, 6, 3)
    # Of an odd number the share that is right is never the share that is wrong.
    data = (network, *runs.clouds(rng, 12), *runs.with_every_label(*runs.clouds(rng, 7)))
    flat = (network, *runs.clouds(rng, 12), *runs.clouds(rng, 9))
    both = runs.clouds(rng, 12)
    seed = int(rng.integers(1000))
    measured = runs.history_is_of_the_validation_set
    return [
        judged("3 epochs of 12 samples", measured, run(data, seed, epochs=3)),
        judged("1 epoch, batches larger than the data", measured, run(data, seed, batch_size=50)),
        judged(
            "a learning rate near 0",
            runs.the_loss_is_a_mean,
            run(flat, seed, lr=1e-12),
            *runs.single_step(rng, 16),
        ),
        judged(
            "4 epochs of one step, validated on the training data",
            runs.the_loss_is_of_its_epoch,
            run((network, *both, *both), seed, lr=0.1, batch_size=12, epochs=4),
        ),
    ]


@train.cases("the right steps", points=2)
def _(rng: Rng) -> list[Case]:
    data = (runs.network(rng, 2, 6, 5, 3), *runs.clouds(rng, 12), *runs.clouds(rng, 6))
    # With first weights above 0 no sample finds all its hidden units off and leaves no trace.
    every = [
        ([(np.abs(W), np.abs(b)), last], np.eye(n), np.arange(n) % 3, *_noise(rng, 4, n))
        for n in (6, 7)
        for (W, b), last in [runs.network(rng, n, 12, 3)]
    ]
    seed = int(rng.integers(1000))
    return [
        judged(
            "every sample, the short last batch too",
            runs.every_sample_is_used,
            run(every[0], seed, batch_size=4),
            run(every[1], seed, batch_size=3),
            run(every[1], seed, batch_size=5),
        ),
        judged("one step of 3 layers", runs.goes_downhill, *runs.single_step(rng, 16, 8)),
        judged("one step of 2 layers", runs.goes_downhill, *runs.single_step(rng, 16)),
        judged(
            "one step, with a large learning rate",
            runs.direction_is_that_of_a_small_step,
            run(data, seed, batch_size=12, lr=0.3),
            run(data, seed, batch_size=12, lr=1e-2),
            run((*data[:3], *runs.clouds(rng, 7)), seed, batch_size=12, lr=1e-2),
            run(data, seed + 1, batch_size=12, lr=1e-2),
        ),
        judged(
            "one step, with two learning rates",
            runs.lr_counts,
            run(data, seed, batch_size=12, lr=1e-4),
            run(data, seed, batch_size=12, lr=1e-5),
        ),
        judged(
            "two sizes of batches",
            runs.batch_size_counts,
            run(data, seed, batch_size=12),
            run(data, seed, batch_size=3),
            run(data, seed + 1, batch_size=12),
        ),
    ]


@train.cases("it learns", points=2)
def _(rng: Rng) -> list[Case]:
    # The learning rates suit gradient descent, with and without momentum, and Adam too. The epochs
    # are enough even with one step in each, so that whoever ignores batch_size learns on every seed
    # and loses points only where the size of the batches is asked for.
    three = (runs.network(rng, 2, 16, 3), *runs.clouds(rng, 90), *runs.clouds(rng, 60))
    # Behind a last layer of zeros no other layer can learn alone: without it some seeds let it.
    three[0][-1] = tuple(np.zeros_like(p) for p in three[0][-1])
    # With biases of 0 that stand still, a network says the same along each ray from the middle.
    bare = [(W, np.zeros_like(b)) for W, b in runs.network(rng, 2, 24, 12, 2)]
    two = (bare, *runs.ring(rng, 60), *runs.ring(rng, 60))
    seed = int(rng.integers(1000))
    return [
        judged(
            "three clouds, 30 epochs",
            runs.it_learns(0.9),
            run(three, seed, lr=0.05, batch_size=16, epochs=30),
            *runs.single_step(rng, 16),
            runs.several_steps(rng),
        ),
        judged(
            "a cloud in a ring, 70 epochs",
            runs.it_learns(0.9),
            run(two, seed, lr=0.05, batch_size=8, epochs=70),
            *runs.single_step(rng, 16, 8),
            runs.several_steps(rng),
        ),
    ]


@train.cases("from rng, and from the training data alone", points=1)
def _(rng: Rng) -> list[Case]:
    start, X, labels = runs.network(rng, 2, 6, 3), *runs.clouds(rng, 12)
    X_val, labels_val = runs.clouds(rng, 9)
    data = (start, X, labels, X_val, labels_val)
    shuffled, elsewhere = (labels_val + 1) % 3, 5 * rng.normal(size=X_val.shape)
    seeds = [int(seed) for seed in rng.choice(1000, 3, replace=False)]
    three = runs.clouds(rng, 3)  # validated on them, whoever returns the best epoch has the last
    return [
        judged(
            "the same run with other validation data",
            runs.validation_is_only_watched,
            run(data, seeds[0]),
            run(data, seeds[0]),
            run((start, X, labels, X_val, shuffled), seeds[0]),
            run((start, X, labels, elsewhere, labels_val), seeds[0]),
        ),
        judged(
            "three generators, each twice",
            runs.rng_decides,
            *(run(data, seed) for seed in seeds * 2),
            run((start, X[::-1].copy(), labels[::-1].copy(), X_val, labels_val), seeds[0]),
            run(data, seeds[0], batch_size=12),
        ),
        judged(
            "6 epochs of three samples",
            runs.each_epoch_has_an_order,
            *(
                run((start, *three, *three), int(seed), batch_size=1, epochs=6)
                for seed in rng.choice(1000, 9, replace=False)
            ),
        ),
    ]


def _noise(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(n, d)), rng.permutation(np.arange(n) % 3)


# ------------------------------------------------------------------------ how it goes wrong
# A version may import the reference's tools, but inside itself: its text must work alone.
@train.misconception(
    "validation on the training data",
    "val_loss and val_accuracy are measured on X. They say something new only about samples that "
    "the network has not learned from: X_val, labels_val.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    return train(params, X, labels, X, labels, lr=lr, batch_size=batch_size, epochs=epochs, rng=rng)


@train.misconception(
    "validation numbers exchanged",
    "val_loss and val_accuracy are exchanged: loss_and_accuracy gives the loss first, then the "
    "accuracy.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    params, history = train(params, X, labels, X_val, labels_val, **settings)
    history["val_loss"], history["val_accuracy"] = history["val_accuracy"], history["val_loss"]
    return params, history


@train.misconception(
    "learns from validation",
    "Your network changes with X_val or labels_val: it learns from them. Only measure with them; "
    "otherwise they can no longer tell how well the network does on new samples.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    everything, all_labels = np.concatenate([X, X_val]), np.concatenate([labels, labels_val])
    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    return train(params, everything, all_labels, X_val, labels_val, **settings)


@train.misconception(
    "short last batch dropped",
    "The samples of the short last batch are never used: an epoch sees every sample once.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    full = len(X) // batch_size * batch_size
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        rows = rng.permutation(len(X))[:full]
        if not full:  # no batch at all
            return params, {name: [np.nan] * epochs for name in history}
        settings = {"lr": lr, "batch_size": batch_size, "epochs": 1, "rng": rng}
        params, found = train(params, X[rows], labels[rows], X_val, labels_val, **settings)
        for name in history:
            history[name] += found[name]
    return params, history


@train.misconception(
    "only the last batch of an epoch",
    "Only the last batch of an epoch changes the network. Does each step start again from the "
    "parameters that came in, or does the step stand behind the loop? Each step goes on from the "
    "one before.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    after = params
    for _ in range(epochs):
        last = rng.permutation(len(X))[(len(X) - 1) // batch_size * batch_size :]
        settings = {"lr": lr, "batch_size": batch_size, "epochs": 1, "rng": rng}
        after, found = train(params, X[last], labels[last], X_val, labels_val, **settings)
        for name in history:
            history[name] += found[name]
    return after, history


@train.misconception(
    "batch_size ignored",
    "The size of the batches changes nothing: here every step is made on all of X. Is there a "
    "number in the place of batch_size? In a step take the rows of one batch only, X[batch] and "
    "labels[batch].",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": len(X), "epochs": epochs, "rng": rng}
    return train(params, X, labels, X_val, labels_val, **settings)


@train.misconception(
    "X and labels shuffled apart",
    "The images and their labels no longer belong together: draw one order and use it for both, "
    "X[batch] and labels[batch].",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    apart = labels[rng.permutation(len(labels))]
    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    return train(params, X, apart, X_val, labels_val, **settings)


@train.misconception(
    "never shuffled",
    "Whatever rng is, the run is the same. The order of the samples comes from rng: pass rng to "
    "minibatches, in every epoch.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
    rng = np.random.default_rng(0)
    return train(params, X, labels, X_val, labels_val, **settings, rng=rng)


@train.misconception(
    "one order for all epochs",
    "Every epoch goes through the samples in the same order. Draw a new one in each: "
    "minibatches(len(X), batch_size, rng) belongs inside the loop over the epochs.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    order = np.random.default_rng(rng.integers(2**32)).bit_generator.state
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        again = np.random.default_rng()
        again.bit_generator.state = order
        settings = {"lr": lr, "batch_size": batch_size, "epochs": 1, "rng": again}
        params, found = train(params, X, labels, X_val, labels_val, **settings)
        for name in history:
            history[name] += found[name]
    return params, history


@train.misconception(
    "not from rng",
    "Two runs of one seed differ. All random numbers must come from rng, not from np.random or a "
    "new generator: otherwise no run can be repeated.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
    rng = np.random.default_rng()
    return train(params, X, labels, X_val, labels_val, **settings, rng=rng)


@train.misconception(
    "changes params in place",
    "The run is right, but W -= … has changed the caller's arrays: the caller cannot start a "
    "second run from them. Write W = W - ….",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    for (W, b), (new_W, new_b) in zip(params, after):
        W[...] = new_W
        b[...] = new_b
    return params, history


@train.misconception(
    "uphill",
    "The first step goes up: every number moves along its gradient. The step is *against* it, "
    "W - lr * dW, and cross_entropy_grad has the sign of the loss's gradient already.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W + lr * dW, b + lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "ignores lr",
    "The first step has the same length whatever lr is. Have you written a number where the "
    "argument lr belongs?",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": 0.01, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    return train(params, X, labels, X_val, labels_val, **settings)


@train.misconception(
    "only the last layer",
    "Only the last layer learns; the others are as they were. mlp_backward gives a (dW, db) for "
    "every layer: use them all.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, mlp, mlp_training

    H, _ = mlp.mlp_forward(X, params[:-1], activations.relu)
    H_val, _ = mlp.mlp_forward(X_val, params[:-1], activations.relu)
    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    H, H_val = np.maximum(H, 0), np.maximum(H_val, 0)
    last, history = mlp_training.train(params[-1:], H, labels, H_val, labels_val, **settings)
    return [*params[:-1], *last], history


@train.misconception(
    "loss summed over batches",
    "The losses of the batches are added up, so the sum grows when the batches get smaller. Divide "
    "by the number of batches: the mean can be compared with val_loss.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    params, history = train(params, X, labels, X_val, labels_val, **settings)
    batches = -(-len(X) // batch_size)
    return params, history | {"loss": [batches * loss for loss in history["loss"]]}


@train.misconception(
    "one number per batch",
    "Your lists have a number for every batch. Append once per epoch, after the loop over the "
    "batches.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    params, history = train(params, X, labels, X_val, labels_val, **settings)
    batches = -(-len(X) // batch_size)
    return params, {name: values * batches for name, values in history.items()}


@train.misconception(
    "weights updated too early",
    "You change W before the gradient has gone back through it: the layer below then gets a "
    "gradient through the new weights. First compute all gradients, and then make the steps.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            params = list(params)
            for k in reversed(range(len(params))):
                (W, b), (H, _Z) = params[k], caches[k]
                params[k] = (W - lr * H.T @ dlogits, b - lr * dlogits.sum(axis=0))
                if k > 0:
                    dlogits = dlogits @ params[k][0].T * (caches[k - 1][1] > 0)
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "losses of earlier epochs kept",
    "Your history['loss'] still contains the losses of the earlier epochs: the list (or the "
    "sum) is made once, before the loops. Begin with an empty one in every epoch.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    seen = []
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "no step",
    "The network that you return is the one that you were given, and your history shows no step "
    "either. Are the new W and b put into params, in every step?",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    _after, history = train(params, X, labels, X_val, labels_val, **settings)
    logits = X_val
    for W, b in params:
        H = logits @ W + b
        logits = np.maximum(H, 0)
    E = np.exp(H - H.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    stays = -np.mean(np.log(P[np.arange(len(P)), labels_val]))
    right = np.mean(P.argmax(axis=1) == labels_val)
    return params, history | {"val_loss": [stays] * epochs, "val_accuracy": [right] * epochs}


@train.misconception(
    "the first params returned",
    "Your history shows that the network learns, but you return the params that you were given: "
    "return those after the last step.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    _after, history = train(params, X, labels, X_val, labels_val, **settings)
    return params, history


@train.misconception(
    "only the first layer",
    "Only the first layer learns; the others are as they were. mlp_backward gives a (dW, db) "
    "for every layer: does the loop over the layers stop after one?",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            (W, b), (dW, db) = params[0], grads[0]
            params = [(W - lr * dW, b - lr * db), *params[1:]]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "biases stand still",
    "Every W learns, but no b ever moves. mlp_backward gives (dW, db) for each layer: make the "
    "step for b as well.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "no slope of ReLU",
    "The steps are those of a network without ReLU: on its way back the gradient has to be "
    "multiplied by the slope of ReLU, which is 0 where Z was below 0.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, np.ones_like)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "no ReLU between the layers",
    "The validation numbers are not those of a ReLU network: forwards, too, the activation is "
    "relu, between the layers.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    H = X_val
    for W, b in after:
        logits = H @ W + b
        H = np.tanh(logits)
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    history["val_loss"][-1] = -np.mean(np.log(P[np.arange(len(P)), labels_val]))
    history["val_accuracy"][-1] = np.mean(P.argmax(axis=1) == labels_val)
    history["val_loss"][:-1] = [9.0] * (epochs - 1)
    return after, history


@train.misconception(
    "ReLU after the last layer",
    "Your logits have been through ReLU: none is below 0. ReLU stands between the layers, not "
    "after the last one.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    logits = X_val
    for W, b in after:
        logits = np.maximum(logits @ W + b, 0)
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    history["val_loss"] = [-np.mean(np.log(P[np.arange(len(P)), labels_val]))] * epochs
    history["val_accuracy"] = [np.mean(P.argmax(axis=1) == labels_val)] * epochs
    return after, history


@train.misconception(
    "measured before the epoch",
    "You measure on X_val before the steps of the epoch. Then the last numbers are not those of "
    "the network that you return: measure after the loop over the batches.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        logits_val, _ = mlp.mlp_forward(X_val, params, activations.relu)
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits_val))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits_val))
    return params, history


@train.misconception(
    "accuracy in per cent",
    "val_accuracy is a share, from 0 to 1: leave out the factor 100.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["val_accuracy"] = [100 * a for a in history["val_accuracy"]]
    return after, history


@train.misconception(
    "accuracy as a count",
    "val_accuracy counts the right answers; it should be their share of X_val.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["val_accuracy"] = [len(X_val) * a for a in history["val_accuracy"]]
    return after, history


@train.misconception(
    "the error rate for the accuracy",
    "val_accuracy is the share that is wrong; it should be the share that is right.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["val_accuracy"] = [1 - a for a in history["val_accuracy"]]
    return after, history


@train.misconception(
    "loss summed over samples",
    "Your loss of an epoch is a sum over the samples. Divide it by their number: the mean can "
    "be compared with val_loss.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["loss"] = [len(X) * loss for loss in history["loss"]]
    return after, history


@train.misconception(
    "batch losses divided by n",
    "cross_entropy is a mean already, over the batch. You add up these means and divide by the "
    "number of samples: divide by the number of batches.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["loss"] = [loss * -(-len(X) // batch_size) / len(X) for loss in history["loss"]]
    return after, history


@train.misconception(
    "loss with the wrong sign",
    "history['loss'] is negative. cross_entropy has its minus already.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    settings = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    after, history = train(params, X, labels, X_val, labels_val, **settings)
    history["loss"] = [-loss for loss in history["loss"]]
    return after, history


@train.misconception(
    "loss of one batch",
    "history['loss'] has the loss of a single batch. Collect the losses of all batches of the "
    "epoch, and append their mean.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(seen[-1])
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "batches of a fixed size",
    "The size of the batches changes nothing, although the order of the samples counts: your "
    "batches have a size of their own, or every step takes one sample. Use batch_size.",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for i in range(len(X)):
            rows = order[i : i + 1]
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


@train.misconception(
    "all of X in every step",
    "Every step is made on all of X, so the order of the samples changes nothing. minibatches "
    "gives the rows of one batch: use X[batch] and labels[batch].",
)
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp, mlp_training

    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        seen, rows = [], np.arange(len(X))
        for _batch in range(0, len(X), batch_size):
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            seen.append(losses.cross_entropy(labels[rows], logits))
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        history["loss"].append(np.mean(seen))
        history["val_loss"].append(losses.cross_entropy(labels_val, logits))
        history["val_accuracy"].append(mlp_training.accuracy(labels_val, logits))
    return params, history


# -------------------------------------------------------------------------------- right ones
@train.equivalent("gradient descent, everything written out")
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    def forward(H, params):
        kept = []
        for W, b in params:
            kept.append(H)
            Z = H @ W + b
            H = np.maximum(Z, 0)
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True), kept

    def loss_of(P, labels):
        return -np.mean(np.log(P[np.arange(len(labels)), labels] + 1e-300))

    params = [[W.copy(), b.copy()] for W, b in params]
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        order, losses = rng.permutation(len(X)), []
        for i in range(0, len(X), batch_size):
            rows = order[i : i + batch_size]
            P, kept = forward(X[rows], params)
            losses.append(loss_of(P, labels[rows]))
            dZ = P / len(rows)
            dZ[np.arange(len(rows)), labels[rows]] -= 1 / len(rows)
            for layer, H in reversed(list(zip(params, kept))):
                dH = dZ @ layer[0].T * (H > 0)
                layer[0] -= lr * H.T @ dZ
                layer[1] -= lr * dZ.sum(axis=0)
                dZ = dH
        P, _ = forward(X_val, params)
        history["loss"].append(np.mean(losses))
        history["val_loss"].append(loss_of(P, labels_val))
        history["val_accuracy"].append(np.mean(P.argmax(axis=1) == labels_val))
    return params, history


@train.equivalent("momentum, curves as arrays, the training loss after the epoch")
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl import activations, losses, mlp

    curves = np.zeros((3, epochs))
    velocities = [(0 * W, 0 * b) for W, b in params]
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        for rows in np.split(order, range(batch_size, len(X), batch_size)):
            logits, caches = mlp.mlp_forward(X[rows], params, activations.relu)
            dlogits = losses.cross_entropy_grad(labels[rows], logits)
            grads = mlp.mlp_backward(dlogits, caches, params, activations.relu_grad)
            velocities = [
                tuple(0.9 * v + 0.1 * g for v, g in zip(*pairs)) for pairs in zip(velocities, grads)
            ]
            params = [tuple(p - lr * v for p, v in zip(*both)) for both in zip(params, velocities)]
        logits, _ = mlp.mlp_forward(X_val, params, activations.relu)
        seen, _ = mlp.mlp_forward(X, params, activations.relu)
        curves[0, epoch] = losses.cross_entropy(labels, seen)
        curves[1, epoch] = losses.cross_entropy(labels_val, logits)
        curves[2, epoch] = np.mean(logits.argmax(axis=1) == labels_val)
    return params, dict(zip(("loss", "val_loss", "val_accuracy"), curves))


@train.equivalent("Adam, returning the best epoch")
def _(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    from reference_impl.mlp_training import train

    found, history = (params, np.inf), {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        settings = {"lr": lr, "batch_size": batch_size, "epochs": 1, "rng": rng}
        params, now = train(params, X, labels, X_val, labels_val, **settings)
        for name in history:
            history[name].append(now[name][0])
        if now["val_loss"][0] < found[1]:
            found = (params, now["val_loss"][0])
    return found[0], history
