"""A filter of system calls: what is not allowed here is refused, also what a later kernel adds.

Shared memory without a name is refused: what it holds is in no process and in no folder. With a
file in one of the writable folders it is counted there.

A program for the kernel's packet filter machine (BPF), as ``bwrap --seccomp`` reads it. It is a
second line of defence behind namespaces and missing capabilities. It is the only one for memory
and tables that no limit counts (memfd, System V, asynchronous input and output, inotify), for
sockets that no network namespace holds (vsock), and for the scheduling and limits of process 1.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

# What a notebook may call: the numbers on (x86_64, aarch64), None where it is not. It is what
# CPython, NumPy with OpenBLAS, SciPy, matplotlib, scikit-learn, joblib, pandas, tqdm and the
# programs that these start call, and what belongs to the same functions of the C library.
_ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # files
    "read": (0, 63),
    "write": (1, 64),
    "open": (2, None),
    "close": (3, 57),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "preadv": (295, 69),
    "pwritev": (296, 70),
    "preadv2": (327, 286),
    "pwritev2": (328, 287),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "openat": (257, 56),
    "openat2": (437, 437),
    "creat": (85, None),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "fchdir": (81, 50),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "link": (86, None),
    "linkat": (265, 37),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "umask": (95, 166),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "fadvise64": (221, 223),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "sync_file_range": (277, 84),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "flock": (73, 32),
    "getxattr": (191, 8),
    "lgetxattr": (192, 9),
    "fgetxattr": (193, 10),
    "listxattr": (194, 11),
    "llistxattr": (195, 12),
    "flistxattr": (196, 13),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "fcntl": (72, 25),
    "close_range": (436, 436),
    # waiting
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "epoll_create": (213, None),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441),
    "eventfd": (284, None),
    "eventfd2": (290, 19),
    "signalfd": (282, None),
    "signalfd4": (289, 74),
    "timerfd_create": (283, 85),
    "timerfd_settime": (286, 86),
    "timerfd_gettime": (287, 87),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "pause": (34, None),
    "restart_syscall": (219, 128),
    # memory
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "msync": (26, 227),
    "mincore": (27, 232),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "get_mempolicy": (239, 236),
    # processes
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "set_tid_address": (218, 96),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "arch_prctl": (158, None),
    "prctl": (157, 167),
    "capget": (125, 90),
    "capset": (126, 91),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "setpgid": (109, 154),
    "setsid": (112, 157),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "setrlimit": (160, 164),
    # about itself
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getgroups": (115, 158),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getpgid": (121, 155),
    "getpgrp": (111, None),
    "getsid": (124, 156),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "times": (100, 153),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getcpu": (309, 168),
    "getpriority": (140, 141),
    "ioprio_get": (252, 31),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_getattr": (315, 275),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "sched_rr_get_interval": (148, 127),
    # signals and time
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "rt_sigsuspend": (130, 133),
    "sigaltstack": (131, 132),
    "alarm": (37, None),
    "getitimer": (36, 102),
    "setitimer": (38, 103),
    "timer_create": (222, 107),
    "timer_settime": (223, 110),
    "timer_gettime": (224, 108),
    "timer_getoverrun": (225, 109),
    "timer_delete": (226, 111),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "getrandom": (318, 278),
    # sockets
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "connect": (42, 203),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    "setsockopt": (54, 208),
    "getsockopt": (55, 209),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "sendmmsg": (307, 269),
    "recvmmsg": (299, 243),
    "shutdown": (48, 210),
}
# Allowed for the caller itself, which is process 0: (number of the argument, its only value).
_OWN_ONLY = {
    "prlimit64": ((302, 261), ((0, 0),)),
    "sched_setaffinity": ((203, 122), ((0, 0),)),
    "sched_setscheduler": ((144, 119), ((0, 0),)),
    "sched_setparam": ((142, 118), ((0, 0),)),
    "sched_setattr": ((314, 274), ((0, 0),)),
    "setpriority": ((141, 140), ((0, 0), (1, 0))),
    "ioprio_set": ((251, 30), ((0, 1), (1, 0))),
}
_LAST_KNOWN = 452  # a library that tries a newer call is told that there is none, and does without
_IOCTL = (16, 29)
_TO_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: type into a terminal, also one outside
_MMAP = (9, 222)
_SHARED_AND_NAMELESS = 0x21  # MAP_SHARED, MAP_ANONYMOUS: memory that stays when no process maps it
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_SOCKET_CALLS = ((41, 198), (53, 199))  # socket, socketpair
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: the network that they see is empty
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW flag that clone takes

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# BPF's instructions, and the offsets in struct seccomp_data from which they load.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32 = 0x40000000


@dataclass(frozen=True)
class _Step:
    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def bytes(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


def program(machine: str = "") -> bytes:
    """The filter for this machine, or for ``"x86_64"`` or ``"aarch64"``.

    Raises:
        ValueError: for another machine.
    """
    machine = machine or platform.machine()
    if machine not in _MACHINES:
        raise ValueError(f"there is no system call filter for {machine}, only for x86_64, aarch64")
    index, architecture = _MACHINES[machine]
    refuse = _Step(_RETURN, _ERRNO | errno.EPERM)
    steps = [
        _Step(_LOAD, _ARCH),
        _Step(_EQUAL, architecture, 1),
        _Step(_RETURN, _KILL),
        _Step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_Step(_AT_LEAST, _X32, 0, 1), _Step(_RETURN, _KILL)]
    steps += [_Step(_AT_LEAST, _LAST_KNOWN + 1, 0, 1), _Step(_RETURN, _ERRNO | errno.ENOSYS)]
    # clone3 has its flags in memory, where no filter sees them; libraries then use clone.
    steps += [_Step(_EQUAL, _CLONE3[index], 0, 1), _Step(_RETURN, _ERRNO | errno.ENOSYS)]
    steps += _call(_CLONE[index], [_argument(0), _Step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse])
    for numbers in _SOCKET_CALLS:
        one_of = [_Step(_EQUAL, f, len(_FAMILIES) - i) for i, f in enumerate(_FAMILIES)]
        steps += _call(
            numbers[index], [_argument(0), *one_of, _Step(_RETURN, _ERRNO | errno.EAFNOSUPPORT)]
        )
    flags = [_argument(3), _Step(_MASK, _SHARED_AND_NAMELESS)]
    steps += _call(_MMAP[index], [*flags, _Step(_EQUAL, _SHARED_AND_NAMELESS, 0, 1), refuse])
    typing = [_Step(_EQUAL, request, 0, 1) for request in _TO_TERMINAL]
    body = [_argument(1), *(step for equal in typing for step in (equal, refuse))]
    steps += _call(_IOCTL[index], body)
    for numbers, only in _OWN_ONLY.values():
        body = []
        for argument, value in only:
            body += [_argument(argument), _Step(_EQUAL, value, 1), refuse]
        steps += _call(numbers[index], body)
    for first, last in _ranges([numbers[index] for numbers in _ALLOWED.values()]):
        steps += [_Step(_AT_LEAST, first, 1), refuse]
        steps += [_Step(_AT_LEAST, last + 1, 1), _Step(_RETURN, _ALLOW)]
    steps.append(refuse)
    return b"".join(step.bytes() for step in steps)


def _ranges(numbers: Iterable[int | None]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers, in order: fewer steps for each call."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(n for n in numbers if n is not None):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def _argument(index: int) -> _Step:
    """Load the low half of an argument; each of these arguments is an int."""
    return _Step(_LOAD, _ARGUMENTS + 8 * index)


def _call(number: int, body: list[_Step]) -> list[_Step]:
    """``body`` for one call; at the end of the body the call is allowed."""
    return [_Step(_EQUAL, number, 0, len(body) + 1), *body, _Step(_RETURN, _ALLOW)]
