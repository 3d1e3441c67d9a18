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
            case 0x54:
                value &= operand
            case 0x06:
                return operand


MACHINES = {"x86_64": 0, "aarch64": 1}


NO_CALL = 0x00050000 | errno.ENOSYS

# Calls on (x86_64, aarch64) that reach out of the sandbox, or hold memory that nobody counts.
DANGEROUS = {
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "ptrace": (101, 117),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "io_setup": (206, 0),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "chroot": (161, 51),
    "fsopen": (430, 430),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "mbind": (237, 235),
    "vmsplice": (278, 75),
    "reboot": (169, 142),
    "mknodat": (259, 33),
    "setdomainname": (171, 162),
    "modify_ldt": (154, None),
    "iopl": (172, None),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", DANGEROUS)
def test_a_dangerous_call_is_refused(machine, name):
    if (number := DANGEROUS[name][MACHINES[machine]]) is not None:
        assert verdict(machine, number) == REFUSE


@pytest.mark.parametrize("machine", MACHINES)
def test_every_other_call_is_refused_too(machine):
    index = MACHINES[machine]
    allowed = {numbers[index] for numbers in seccomp._ALLOWED.values()}
    by_argument = {numbers[index] for numbers in (seccomp._CLONE, seccomp._CLONE3, seccomp._IOCTL)}
    by_argument |= {numbers[index] for numbers in (*seccomp._SOCKET_CALLS, seccomp._MMAP)}
    by_argument |= {numbers[index] for numbers, _ in seccomp._OWN_ONLY.values()}
    for number in set(range(seccomp._LAST_KNOWN + 1)) - by_argument:
        assert (verdict(machine, number) == ALLOW) == (number in allowed), number
    assert {verdict(machine, number) for number in (453, 462, 900)} == {NO_CALL}


def test_memory_that_is_shared_has_a_file():
    private, shared, nameless, validated = 0x02, 0x01, 0x20, 0x03
    assert verdict("x86_64", 9, 0, 4096, 3, private | nameless) == ALLOW
    assert verdict("x86_64", 9, 0, 4096, 3, shared) == ALLOW
    assert verdict("x86_64", 9, 0, 4096, 3, shared | nameless) == REFUSE
    assert verdict("aarch64", 222, 0, 4096, 3, validated | nameless) == REFUSE


def test_nobody_types_into_a_terminal():
    assert verdict("x86_64", 16, 0, 0x5401) == ALLOW  # TCGETS
    assert verdict("x86_64", 16, 0, 0x5412) == REFUSE
    assert verdict("aarch64", 29, 0, 0x541C) == REFUSE


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
