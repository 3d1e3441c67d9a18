"""A filter of system calls: it refuses what no notebook needs, or what reaches out of the sandbox.

A program for the kernel's packet filter machine (BPF), as ``bwrap --seccomp`` reads it. It is a
second line of defence behind namespaces and missing capabilities. It is the only one for memory
that no limit counts (memfd, System V), for sockets that no network namespace holds (vsock), and for
the scheduling and limits of process 1.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

# The numbers of the calls on (x86_64, aarch64).
_REFUSED = {
    # memory and queues outside the limits
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # parts of the kernel that only programs for the whole machine need
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
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
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_SOCKET_CALLS = ((41, 198), (53, 199))  # socket, socketpair
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: the network that they see is empty
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW flag that clone takes

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# BPF's instructions, and the offsets in struct seccomp_data from which they load.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
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
    for numbers in _REFUSED.values():
        steps += [_Step(_EQUAL, numbers[index], 0, 1), refuse]
    # clone3 has its flags in memory, where no filter sees them; libraries then use clone.
    steps += [_Step(_EQUAL, _CLONE3[index], 0, 1), _Step(_RETURN, _ERRNO | errno.ENOSYS)]
    steps += _call(_CLONE[index], [_argument(0), _Step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse])
    for numbers in _SOCKET_CALLS:
        one_of = [_Step(_EQUAL, f, len(_FAMILIES) - i) for i, f in enumerate(_FAMILIES)]
        steps += _call(
            numbers[index], [_argument(0), *one_of, _Step(_RETURN, _ERRNO | errno.EAFNOSUPPORT)]
        )
    for numbers, only in _OWN_ONLY.values():
        body = []
        for argument, value in only:
            body += [_argument(argument), _Step(_EQUAL, value, 1), refuse]
        steps += _call(numbers[index], body)
    steps.append(_Step(_RETURN, _ALLOW))
    return b"".join(step.bytes() for step in steps)


def _argument(index: int) -> _Step:
    """Load the low half of an argument; each of these arguments is an int."""
    return _Step(_LOAD, _ARGUMENTS + 8 * index)


def _call(number: int, body: list[_Step]) -> list[_Step]:
    """``body`` for one call; at the end of the body the call is allowed."""
    return [_Step(_EQUAL, number, 0, len(body) + 1), *body, _Step(_RETURN, _ALLOW)]
