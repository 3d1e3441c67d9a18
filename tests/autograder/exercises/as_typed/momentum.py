# %% momentum_step: the parameters move with the old velocity
def momentum_step(theta, v, grad, lr, beta):
    theta_new = theta - lr * v
    v_new = beta * v + (1 - beta) * grad
    return theta_new, v_new

# %% momentum_step: learning rate inside the velocity
def momentum_step(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * lr * grad
    return theta - v, v

# %% momentum_step: divides the velocity by 1-beta in the step as a would-be bias correction, guarded for beta = 1
def momentum_step(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    v_hat = v / (1 - beta) if beta < 1 else v
    return theta - lr * v_hat, v

# %% momentum_step: in-place operations change the caller's theta and v
def momentum_step(theta, v, grad, lr, beta):
    v *= beta
    v += (1 - beta) * grad
    theta -= lr * v
    return theta, v

# %% momentum_step: gradient at full weight in the average, no (1-beta)
def momentum_step(theta, v, grad, lr, beta):
    v_new = beta * v + grad
    theta_new = theta - lr * v_new
    return theta_new, v_new

# %% momentum_step: steps with the old v
def momentum_step(theta, v, grad, lr, beta):
    theta_new = theta - lr * v
    v_new = beta * v + (1 - beta) * grad
    return theta_new, v_new

# %% momentum_step: returns (v, theta)
def momentum_step(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    theta = theta - lr * v
    return v, theta

# %% momentum_step: in-place updates of both arguments
def momentum_step(theta, v, grad, lr, beta):
    v *= beta
    v += (1 - beta) * grad
    theta -= lr * v
    return theta, v

# %% momentum_step: plus sign: walks uphill
def momentum_step(theta, v, grad, lr, beta):
    v = v * beta + (1 - beta) * grad
    return theta + lr * v, v

# %% heavy_ball_step: the push has the weight 1 - momentum, as in the averaging form
def heavy_ball_step(theta, v, grad, lr, momentum):
    v = momentum * v + (1 - momentum) * lr * grad
    theta = theta - v
    return theta, v

# %% heavy_ball_step: the learning rate is applied twice
def heavy_ball_step(theta, v, grad, lr, momentum):
    velocity = momentum * v + lr * grad
    return theta - lr * velocity, velocity

# %% heavy_ball_step: Keras' sign: the velocity is mu*v - lr*g and is added
def heavy_ball_step(theta, v, grad, lr, momentum):
    v = momentum * v - lr * grad
    theta = theta + v
    return theta, v

# %% heavy_ball_step: PyTorch SGD: learning rate outside the velocity
def heavy_ball_step(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    theta = theta - lr * v
    return theta, v

# %% heavy_ball_step: keeps the (1-momentum) of the averaging form
def heavy_ball_step(theta, v, grad, lr, momentum):
    v = momentum * v + lr * (1 - momentum) * grad
    return theta - v, v

# %% heavy_ball_step: learning rate applied twice, inside and outside
def heavy_ball_step(theta, v, grad, lr, momentum):
    velocity = momentum * v + lr * grad
    position = theta - lr * velocity
    return position, velocity

# %% heavy_ball_step: Keras convention: v = mu v - lr g, theta + v, so returned v has the opposite sign
def heavy_ball_step(theta, v, grad, lr, momentum):
    v = momentum * v - lr * grad
    theta = theta + v
    return theta, v

# %% equivalent_lr: divides by 1-beta: the conversion the wrong way round
def equivalent_lr(lr, beta):
    return lr / (1 - beta)

# %% equivalent_lr: brackets forgotten: lr * 1 - beta
def equivalent_lr(lr, beta):
    return lr * 1 - beta

# %% equivalent_lr: divides by (1-beta) instead of multiplying
def equivalent_lr(lr, beta):
    return lr / (1 - beta)

# %% equivalent_lr: multiplies by beta
def equivalent_lr(lr, beta):
    return lr * beta

# %% nag_step: the step starts from the point ahead instead of from theta
def nag_step(theta, v, grad_fn, lr, momentum):
    theta = theta - momentum * v
    v = momentum * v + lr * grad_fn(theta)
    theta = theta - v
    return theta, v

# %% nag_step: bracket closes too early: grad_fn(theta) - momentum*v instead of grad_fn(theta - momentum*v)
def nag_step(theta, v, grad_fn, lr, momentum):
    g = grad_fn(theta) - momentum * v
    v_new = momentum * v + lr * g
    return theta - v_new, v_new

# %% nag_step: grad_fn is used as if it were an array, TypeError
def nag_step(theta, v, grad_fn, lr, momentum):
    ahead = theta - momentum * v
    v = momentum * v + lr * grad_fn
    return theta - v, v

# %% nag_step: gradient at theta, not at the point ahead
def nag_step(theta, v, grad_fn, lr, momentum):
    g = grad_fn(theta)
    v = momentum * v + lr * g
    return theta - v, v

# %% nag_step: looks behind: theta + momentum * v
def nag_step(theta, v, grad_fn, lr, momentum):
    ahead = theta + momentum * v
    v_new = momentum * v + lr * grad_fn(ahead)
    theta_new = theta - v_new
    return theta_new, v_new

# %% nag_step: multiplies with the function instead of calling it
def nag_step(theta, v, grad_fn, lr, momentum):
    theta_ahead = theta - momentum * v
    v = momentum * v + lr * grad_fn * theta_ahead
    theta = theta - v
    return theta, v

# %% nag_step: starts the step from the point ahead, so the old velocity is counted twice
def nag_step(theta, v, grad_fn, lr, momentum):
    theta = theta - momentum * v
    g = grad_fn(theta)
    v = momentum * v + lr * g
    theta = theta - v
    return theta, v

# %% nag_step_stored: the old velocity is in the step
def nag_step_stored(theta, v, grad, lr, momentum):
    v_new = momentum * v + grad
    theta_new = theta - lr * (grad + momentum * v)
    return theta_new, v_new

# %% nag_step_stored: steps along v only: ordinary PyTorch momentum without Nesterov
def nag_step_stored(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * v, v

# %% nag_step_stored: learning rate inside the velocity, as in heavy_ball_step
def nag_step_stored(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    theta = theta - (lr * grad + momentum * v)
    return theta, v

# %% nag_step_stored: second formula takes the old v
def nag_step_stored(theta, v, grad, lr, momentum):
    theta_new = theta - lr * (grad + momentum * v)
    v_new = momentum * v + grad
    return theta_new, v_new

# %% count_turns: differences of 0 are kept, so a standstill counts as a change of sign
def count_turns(x):
    s = np.sign(np.diff(x))
    return int(np.sum(s[1:] != s[:-1]))

# %% count_turns: each turn counts 2, for the sign jumps by 2
def count_turns(x):
    d = np.diff(x)
    d = d[d != 0]
    return int(np.sum(np.abs(np.diff(np.sign(d)))))

# %% count_turns: removes zeros from the series and not from the differences
def count_turns(x):
    x = x[x != 0]
    signs = np.sign(np.diff(x))
    return int(np.sum(signs[1:] * signs[:-1] < 0))

# %% count_turns: loop with a remembered direction that starts as 0: the first move counts as a turn
def count_turns(x):
    direction = 0
    turns = 0
    for a, b in zip(x[:-1], x[1:]):
        if b == a:
            continue
        new = 1 if b > a else -1
        if new != direction:
            turns += 1
            direction = new
    return turns

# %% count_turns: len(np.where(...)) is the length of a tuple, always 1
def count_turns(x):
    d = np.diff(x)
    d = d[d != 0]
    return len(np.where(d[1:] * d[:-1] < 0))

# %% count_turns: does not leave out differences of 0, compares signs of neighbours
def count_turns(x):
    s = np.sign(np.diff(x))
    return int(np.sum(s[1:] != s[:-1]))

# %% count_turns: counts where neighbouring differences multiply to below 0: a plateau hides a turn
def count_turns(x):
    d = np.diff(x)
    return int((d[1:] * d[:-1] < 0).sum())

# %% count_turns: counts sign changes of x itself rather than of its differences
def count_turns(x):
    signs = np.sign(x)
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] != signs[:-1]))

# %% count_turns: sums the differences of the signs, so each turn counts 2
def count_turns(x):
    d = np.diff(x)
    d = d[d != 0]
    return int(np.sum(np.abs(np.diff(np.sign(d)))))
