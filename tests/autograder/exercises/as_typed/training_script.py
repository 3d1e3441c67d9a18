# %% warmup_cosine: 1 - cos
def warmup_cosine(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    if step >= total:
        return 0.0
    return lr / 2 * (1 - np.cos(np.pi * (step - warmup) / (total - warmup)))

# %% warmup_cosine: step <= warmup
def warmup_cosine(step, warmup, total, lr):
    if step <= warmup:
        return lr * step / warmup
    if step >= total:
        return 0.0
    return lr / 2 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))

# %% warmup_cosine: no brackets in the fraction
def warmup_cosine(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    if step >= total:
        return 0.0
    return lr / 2 * (1 + np.cos(np.pi * step - warmup / total - warmup))

# %% ema_update: divided by 1 - decay
def ema_update(average, value, decay):
    return (decay * average + (1 - decay) * value) / (1 - decay)

# %% unbroadcast: if in place of while
def unbroadcast(grad, shape):
    if grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad

# %% unbroadcast: no keepdims
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis)
    return grad

# %% topological_order: visit never called
def topological_order(node):
    order, seen = [], set()
    def visit(n):
        if n in seen:
            return
        seen.add(n)
        for p in n.parents:
            visit(p)
        order.append(n)
    return order

# %% backpropagate: grad set in the loop
def backpropagate(node):
    for n in reversed(topological_order(node)):
        n.grad = 1.0
        n.backward()

# %% backpropagate: calls itself
def backpropagate(node):
    node.grad = 1.0
    node.backward()
    for p in node.parents:
        backpropagate(p)

# %% backpropagate: n.backward without brackets
def backpropagate(node):
    node.grad = 1.0
    for n in reversed(topological_order(node)):
        n.backward
