# %% diagnose: asks for underfitting before overfitting
def diagnose(history):
    loss = np.array(history["loss"])
    val = np.array(history["val_loss"])
    if not (np.isfinite(loss).all() and np.isfinite(val).all()) or loss[-1] > 1.5 * loss[0]:
        return "diverging"
    if np.max(np.abs(loss - loss[0])) < 0.02 * loss[0]:
        return "dead"
    if loss[-1] > 0.5 * loss[0]:
        return "underfitting"
    if val[-1] - val.min() > 0.1 * val[0]:
        return "overfitting"
    return "fine"

# %% diagnose: looks for nan with == np.nan, which is never true
def diagnose(history):
    loss, val = np.array(history["loss"]), np.array(history["val_loss"])
    if np.any(loss == np.nan) or np.any(loss == np.inf) or loss[-1] > 1.5 * loss[0]:
        return "diverging"
    if np.abs(loss - loss[0]).max() <= 0.02 * loss[0]:
        return "dead"
    if loss[-1] < loss[0] and val[-1] > val.min() + 0.1 * val[0]:
        return "overfitting"
    if loss[-1] > loss[0] / 2:
        return "underfitting"
    return "fine"

# %% diagnose: overfitting whenever the validation loss ends above the training loss
def diagnose(history):
    loss = np.array(history["loss"])
    val = np.array(history["val_loss"])
    if not np.isfinite(loss).all() or not np.isfinite(val).all() or loss[-1] > 1.5 * loss[0]:
        return "diverging"
    if np.max(np.abs(loss - loss[0])) < 0.02 * loss[0]:
        return "dead"
    if val[-1] > loss[-1]:
        return "overfitting"
    if loss[-1] > loss[0] / 2:
        return "underfitting"
    return "fine"

# %% diagnose: nan is looked for with == np.nan, so a nan run is never diverging
def diagnose(history):
    loss = np.array(history["loss"])
    val = np.array(history["val_loss"])
    if (loss == np.nan).any() or (val == np.nan).any() or loss[-1] > 1.5 * loss[0]:
        return "diverging"
    if np.abs(loss - loss[0]).max() <= 0.02 * loss[0]:
        return "dead"
    if val[-1] - val.min() > 0.1 * val[0] and loss[-1] < loss[0]:
        return "overfitting"
    if loss[-1] > 0.5 * loss[0]:
        return "underfitting"
    return "fine"

# %% diagnose: overfitting = validation loss above the training loss at the end
def diagnose(history):
    loss = np.array(history["loss"])
    val = np.array(history["val_loss"])
    if not np.isfinite(loss).all() or not np.isfinite(val).all() or loss[-1] > 2 * loss[0]:
        return "diverging"
    if np.max(np.abs(loss - loss[0])) < 0.02 * loss[0]:
        return "dead"
    if val[-1] > loss[-1]:
        return "overfitting"
    if loss[-1] > loss[0] / 2:
        return "underfitting"
    return "fine"

# %% diagnose: absolute thresholds (0.5 for the loss, 0.2 for the rise) instead of shares of the start
def diagnose(history):
    loss, val = np.array(history["loss"]), np.array(history["val_loss"])
    if not (np.isfinite(loss).all() and np.isfinite(val).all()) or loss[-1] > loss[0] + 1:
        return "diverging"
    if np.ptp(loss) < 0.02:
        return "dead"
    if val[-1] - val.min() > 0.2:
        return "overfitting"
    if loss[-1] > 0.5:
        return "underfitting"
    return "fine"

# %% images_model: predict scales by the mean and spread of the images it is shown, not by those of training
def images_model(X, labels, rng):
    def scale(images):
        return (images - images.mean(axis=0)) / (images.std(axis=0) + 1e-3)

    Z = scale(X)
    cut = len(X) - 100
    params = build_mlp([784, 64, 10], rng)
    params, _ = train(params, Z[:cut], labels[:cut], Z[cut:], labels[cut:],
                      lr=0.003, batch_size=100, epochs=5, rng=rng)

    def predict(images):
        H = scale(images)
        for i, (W, b) in enumerate(params):
            H = H @ W + b
            if i < len(params) - 1:
                H = np.maximum(H, 0)
        return H.argmax(axis=1)

    return predict

# %% images_model: predict returns the logits and not the digits
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def images_model(X, labels, rng):
    biggest = X.max()
    X = X / biggest
    params = build_mlp([784, 64, 10], rng)
    params, history = train(params, X[150:], labels[150:], X[:150], labels[:150],
                            lr=0.003, batch_size=100, epochs=5, rng=rng)

    def predict(images):
        logits, _ = mlp_forward(images / biggest, params, relu)
        return logits

    return predict

# %% images_model: scales the training images, but forgets to scale in predict
def images_model(X, labels, rng):
    scale = X.max()
    order = rng.permutation(len(X))
    cut = len(X) * 9 // 10
    tr, va = order[:cut], order[cut:]
    mean = X[tr].mean(axis=0) / scale
    params = build_mlp([784, 64, 10], rng)
    params, _ = train(params, X[tr] / scale - mean, labels[tr], X[va] / scale - mean, labels[va],
                      lr=0.002, batch_size=100, epochs=5, rng=rng)

    def predict(images):
        logits, _ = mlp_forward(images, params, relu)
        return logits.argmax(axis=1)

    return predict

# %% train: plus sign: walks uphill
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        losses, sizes = [], []
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            if np.isnan(loss):
                losses.append(loss)
                sizes.append(len(batch))
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            params = [(W + lr * dW, b + lr * db) for (W, b), (dW, db) in zip(params, grads)]
            losses.append(loss)
            sizes.append(len(batch))
        history["loss"].append(np.average(losses, weights=sizes))
        val_loss, val_accuracy = loss_and_accuracy(labels_val, mlp_forward(X_val, params, relu)[0])
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
    return params, history

# %% train: W -= lr * dW changes the first parameters, which belong to the caller
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        total = 0.0
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            total += loss * len(batch)
            if np.isnan(loss):
                break
            dlogits = cross_entropy_grad(labels[batch], logits)
            for (W, b), (dW, db) in zip(params, mlp_backward(dlogits, caches, params, relu_grad)):
                W -= lr * dW
                b -= lr * db
        val_logits, _ = mlp_forward(X_val, params, relu)
        v, a = loss_and_accuracy(labels_val, val_logits)
        history["loss"].append(total / len(X))
        history["val_loss"].append(v)
        history["val_accuracy"].append(a)
    return params, history

# %% train: only the weights are updated, the biases stay 0
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    params = [(W.copy(), b.copy()) for W, b in params]
    loss_curve, val_curve, acc_curve = [], [], []
    for epoch in range(epochs):
        epoch_loss = 0.0
        for idx in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[idx], params, relu)
            loss, _ = loss_and_accuracy(labels[idx], logits)
            epoch_loss += loss * len(idx)
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[idx], logits), caches, params, relu_grad)
            params = [(W - lr * dW, b) for (W, b), (dW, db) in zip(params, grads)]
        val_logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, val_logits)
        loss_curve.append(epoch_loss / len(X))
        val_curve.append(val_loss)
        acc_curve.append(val_acc)
    return params, {"loss": loss_curve, "val_loss": val_curve, "val_accuracy": acc_curve}

# %% train: validation is measured before the epoch instead of after it
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        val_logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, val_logits)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
        total = 0.0
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            total += loss * len(batch)
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        history["loss"].append(total / len(X))
    return params, history

# %% train: the number of batches is n // batch_size in a hand-made loop: the last, short batch is never used
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    n = len(X)
    for epoch in range(epochs):
        order = rng.permutation(n)
        losses = []
        for k in range(n // batch_size):
            batch = order[k * batch_size : (k + 1) * batch_size]
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            losses.append(loss)
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        val_loss, val_acc = loss_and_accuracy(labels_val, mlp_forward(X_val, params, relu)[0])
        history["loss"].append(np.mean(losses))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% train: the learning rate is hard-coded to 0.1, lr is ignored
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    learning_rate = 0.1
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        seen = total = 0
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            total, seen = total + loss * len(batch), seen + len(batch)
            if np.isnan(loss):
                break
            dlogits = cross_entropy_grad(labels[batch], logits)
            grads = mlp_backward(dlogits, caches, params, relu_grad)
            new = []
            for (W, b), (dW, db) in zip(params, grads):
                new.append((W - learning_rate * dW, b - learning_rate * db))
            params = new
        history["loss"].append(total / seen)
        val_logits = mlp_forward(X_val, params, relu)[0]
        val_loss, val_accuracy = loss_and_accuracy(labels_val, val_logits)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
    return params, history

# %% train: the new parameters are computed from the starting ones in every step (wrong variable), so nothing adds up
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def loss_and_accuracy(labels, logits):
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    current = params
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        epoch_losses = []
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], current, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            epoch_losses.append(loss * len(batch))
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, current, relu_grad)
            current = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        history["loss"].append(sum(epoch_losses) / len(X))
        logits_val, _ = mlp_forward(X_val, current, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, logits_val)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return current, history

# %% train: updates the given parameters in place
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        losses, sizes = [], []
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            losses.append(loss)
            sizes.append(len(batch))
            if np.isnan(loss):
                break
            dlogits = cross_entropy_grad(labels[batch], logits)
            grads = mlp_backward(dlogits, caches, params, relu_grad)
            for (W, b), (dW, db) in zip(params, grads):
                W -= lr * dW
                b -= lr * db
        val_logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, val_logits)
        history["loss"].append(np.average(losses, weights=sizes))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% train: Adam's counter and moments start anew in each epoch, and lr is fixed at 0.001
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    params = [(W.copy(), b.copy()) for W, b in params]
    for epoch in range(epochs):
        ms = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]
        vs = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]
        t = 0
        losses, sizes = [], []
        for batch in minibatches(len(X), batch_size, rng):
            t += 1
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            losses.append(loss)
            sizes.append(len(batch))
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            for i in range(len(params)):
                new = [adam_step(params[i][k], ms[i][k], vs[i][k], grads[i][k], t, 0.001, 0.9, 0.999, 1e-8)
                       for k in range(2)]
                params[i] = (new[0][0], new[1][0])
                ms[i] = (new[0][1], new[1][1])
                vs[i] = (new[0][2], new[1][2])
        val_logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, val_logits)
        history["loss"].append(np.average(losses, weights=sizes))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% train: biases are never updated
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        total = 0.0
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            total += loss * len(batch)
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            params = [(W - lr * dW, b) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, logits)
        history["loss"].append(total / len(X))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% train: history has one training loss a batch instead of one an epoch
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            loss, _ = loss_and_accuracy(labels[batch], logits)
            history["loss"].append(loss)
            if np.isnan(loss):
                break
            grads = mlp_backward(cross_entropy_grad(labels[batch], logits), caches, params, relu_grad)
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
        logits, _ = mlp_forward(X_val, params, relu)
        val_loss, val_acc = loss_and_accuracy(labels_val, logits)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% train: after the epoch also takes a step on the validation samples
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}

    def step(params, X, labels):
        logits, caches = mlp_forward(X, params, relu)
        loss, acc = loss_and_accuracy(labels, logits)
        if np.isnan(loss):
            return params, loss, acc
        grads = mlp_backward(cross_entropy_grad(labels, logits), caches, params, relu_grad)
        return [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)], loss, acc

    for _ in range(epochs):
        losses, sizes = [], []
        for batch in minibatches(len(X), batch_size, rng):
            params, loss, _ = step(params, X[batch], labels[batch])
            losses.append(loss)
            sizes.append(len(batch))
        params, val_loss, val_acc = step(params, X_val, labels_val)
        history["loss"].append(np.average(losses, weights=sizes))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_acc)
    return params, history

# %% build_mlp: W is (fan_out, fan_in), as in PyTorch
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def build_mlp(sizes, rng):
    params = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        params.append((he_normal(n_out, n_in, rng), np.zeros(n_out)))
    return params

# %% build_mlp: biases drawn at random instead of zeros
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def build_mlp(sizes, rng):
    return [
        (he_normal(a, b, rng), 0.1 * rng.standard_normal(b))
        for a, b in zip(sizes[:-1], sizes[1:])
    ]

# %% build_mlp: loops over len(sizes): one layer too many, IndexError
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

def build_mlp(sizes, rng):
    params = []
    for i in range(len(sizes)):
        W = he_normal(sizes[i], sizes[i + 1], rng)
        b = np.zeros(sizes[i + 1])
        params.append((W, b))
    return params

# %% build_mlp: one layer for every size: the last pair is missing a partner (index error)
def build_mlp(sizes, rng):
    params = []
    for i in range(len(sizes)):
        W = he_normal(sizes[i], sizes[i + 1], rng)
        params.append((W, np.zeros(sizes[i + 1])))
    return params

# %% build_mlp: bias has fan_in elements
def build_mlp(sizes, rng):
    return [(he_normal(a, b, rng), np.zeros(a)) for a, b in zip(sizes[:-1], sizes[1:])]

# %% build_mlp: standard normal weights, not scaled
def build_mlp(sizes, rng):
    params = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        params.append((rng.normal(size=(fan_in, fan_out)), np.zeros(fan_out)))
    return params

# %% build_mlp: biases are drawn at random too
def build_mlp(sizes, rng):
    params = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        W = he_normal(fan_in, fan_out, rng)
        b = rng.normal(0, 0.1, size=fan_out)
        params.append((W, b))
    return params

# %% build_mlp: leaves out the last layer: off by one
def build_mlp(sizes, rng):
    params = []
    for l in range(1, len(sizes) - 1):
        params.append((he_normal(sizes[l - 1], sizes[l], rng), np.zeros(sizes[l])))
    return params

# %% accuracy: argmax along axis 0: the best sample of each class
def accuracy(labels, logits):
    guess = np.argmax(logits, axis=0)
    return np.mean(guess == labels)

# %% accuracy: the number of right answers, not their share
def accuracy(labels, logits):
    predicted = logits.argmax(axis=1)
    return np.sum(predicted == labels)

# %% accuracy: argmax without axis: one place in the whole table, compared with all labels
def accuracy(labels, logits):
    return np.mean(np.argmax(logits) == labels)

# %% accuracy: argmax over samples (axis 0)
def accuracy(labels, logits):
    answers = np.argmax(logits, axis=0)
    return np.mean(answers == labels[:len(answers)])

# %% accuracy: count of the right ones, not the share
def accuracy(labels, logits):
    return np.sum(logits.argmax(axis=1) == labels)

# %% accuracy: share of wrong answers
def accuracy(labels, logits):
    predictions = logits.argmax(axis=1)
    return np.mean(predictions != labels)

# %% accuracy: divides by the number of classes
def accuracy(labels, logits):
    right = 0
    for i in range(len(labels)):
        if np.argmax(logits[i]) == labels[i]:
            right += 1
    return right / logits.shape[1]

# %% best_setting: chooses by the test accuracy, with diverged runs left out
def best_setting(results):
    good = [r for r in results if not np.isnan(r["val_accuracy"])]
    best = max(good, key=lambda r: r["test_accuracy"])
    return best["setting"]

# %% best_setting: returns the accuracy of the best run, not its setting
def best_setting(results):
    best = 0.0
    for run in results:
        if not np.isnan(run["val_accuracy"]) and run["val_accuracy"] > best:
            best = run["val_accuracy"]
    return best

# %% best_setting: chooses by the test accuracy
def best_setting(results):
    good = [r for r in results if not np.isnan(r["val_accuracy"])]
    return max(good, key=lambda r: r["test_accuracy"])["setting"]

# %% best_setting: np.argmax with nan among the values picks the nan run
def best_setting(results):
    accuracies = np.array([r["val_accuracy"] for r in results])
    return results[np.argmax(accuracies)]["setting"]
