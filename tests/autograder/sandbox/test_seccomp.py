"""The system call filter, run here step by step as the kernel runs it."""

import errno
import struct

import pytest

from autograder.sandbox import seccomp

X86, ARM = 0xC000003E, 0xC00000B7
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE = 0x00050000 | errno.EPERM


def verdict(machine, number, *arguments, architecture=None):
    """What the filter of a machine returns for a call."""
    architecture = architecture or {"x86_64": X86, "aarch64": ARM}[machine]
    arguments = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments)
    steps = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
    value = i = 0
    while True:
        code, if_true, if_false, operand = steps[i]
        i += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x15:
                i += if_true if value == operand else if_false
            case 0x35:
                i += if_true if value >= operand else if_false
            case 0x45:
                i += if_true if value & operand else if_false
            case 0x06:
                return operand


MACHINES = {"x86_64": 0, "aarch64": 1}


@pytest.mark.parametrize("machine", MACHINES)
def test_each_refused_call_is_refused(machine):
    for numbers in seccomp._REFUSED.values():
        assert verdict(machine, numbers[MACHINES[machine]]) == REFUSE


@pytest.mark.parametrize(
    ("machine", "numbers"),
    [
        # read, write, close, mmap, exit_group, execve, kill, openat
        ("x86_64", [0, 1, 3, 9, 231, 59, 62, 257]),
        ("aarch64", [63, 64, 57, 222, 94, 221, 129, 56]),
    ],
)
def test_ordinary_calls_are_allowed(machine, numbers):
    assert {verdict(machine, number, 7, 7, 7) for number in numbers} == {ALLOW}


def test_calls_that_depend_on_their_arguments():
    clone, clone3, socket, prlimit, setpriority = 56, 435, 41, 302, 141
    fork_flags, thread_flags, new_user = 0x01200011, 0x003D0F00, 0x10000000
    assert verdict("x86_64", clone, fork_flags) == ALLOW
    assert verdict("x86_64", clone, thread_flags) == ALLOW
    assert verdict("x86_64", clone, fork_flags | new_user) == REFUSE
    assert verdict("x86_64", clone3) == 0x00050000 | errno.ENOSYS
    assert [verdict("x86_64", socket, family) for family in (1, 2, 10)] == [ALLOW] * 3
    assert verdict("x86_64", socket, 40) == 0x00050000 | errno.EAFNOSUPPORT
    assert verdict("x86_64", prlimit, 0) == ALLOW
    assert verdict("x86_64", prlimit, 1) == REFUSE
    assert verdict("x86_64", setpriority, 0, 0) == ALLOW
    assert verdict("x86_64", setpriority, 0, 1) == REFUSE
    assert verdict("x86_64", setpriority, 2, 0) == REFUSE


def test_another_architectures_calls_kill():
    i386 = 0x40000003
    assert verdict("x86_64", 20, architecture=i386) == KILL
    assert verdict("x86_64", 0x40000000 + 1) == KILL  # x32
    assert verdict("aarch64", 64, architecture=X86) == KILL


def test_other_machines_are_named():
    with pytest.raises(ValueError, match="riscv64"):
        seccomp.program("riscv64")
