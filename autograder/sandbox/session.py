"""One notebook in the sandbox: what may be asked of its process, and what it may answer.

The process is not trusted: each answer is data of limited size whose form is checked, and an answer
that breaks the rules ends the process.
"""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from autograder.checking.drive import Ask, Call, Failure, Outcome, Plain, plain
from autograder.sandbox import wire
from autograder.sandbox.inside import ANSWER_BYTES
from autograder.sandbox.limits import as_size

if TYPE_CHECKING:
    from autograder.sandbox.process import Sandbox

GRACE_SECONDS = 2.0  # after an interrupt
STRETCH = 30  # a busy machine makes a limit longer by so many times at most
SHORT_SECONDS = 0.1  # a delay that is not worth to wait for
SETTLE_SECONDS = 0.5  # from the last word of a process to its end
BEGIN_SECONDS = 30.0
HANG_SECONDS = 10.0  # for a copy of a process that had threads
BROKE_OFF = "the notebook's process broke off the conversation"
ANSWERS_TOO_LARGE = f"stopped: the answers of a check are more than {as_size(ANSWER_BYTES)}"

Question = tuple[str, tuple[Plain, ...]]


class Lender(Protocol):
    """Answers for functions that are lent; see :mod:`autograder.grading.lending`."""

    functions: Mapping[str, Any]

    def call(
        self, name: str, arguments: tuple[Plain, ...], keywords: Mapping[str, Plain], rngs: Any
    ) -> tuple[Plain, dict[str, Any]]:
        """The value, and the states of the random generators afterwards."""


class Stopped(Exception):  # noqa: N818 - a stopped notebook is not an error of the program
    """The notebook's process has ended; the message says why."""


@dataclass(frozen=True)
class CellResult:
    """What a cell did.

    Attributes:
        outputs: of nbformat 4, as the process sent them: any JSON, in a list.
        execution_count: the number of the cell, None for an empty one.
        stopped: the limit after which it was interrupted, or "".
    """

    outputs: list[Any] = field(default_factory=list)
    execution_count: int | None = None
    stopped: str = ""


@dataclass(frozen=True)
class Ended:
    """How a process was before it was killed: over a limit, ended by itself, alive, or gone."""

    limit: str = ""
    status: int | None = None
    sandbox_gone: bool = False


class _Broken(Exception):  # noqa: N818
    """The process broke the rules."""


class _TooLarge(Exception):  # noqa: N818
    """The process sent more than it may."""


@dataclass
class _Time:
    """What is left of the wall time of several requests, in seconds."""

    left: float


class _Conversation:
    """Requests to one process, and its replies. It raises only :class:`Stopped`."""

    def __init__(self, sandbox: Sandbox, channel: socket.socket, time_left: _Time) -> None:
        self.stopped = ""
        self._sandbox = sandbox
        self._limits = sandbox.limits
        self._channel = channel
        self._time = time_left
        self._number = 0
        self._interrupted = ""
        self._longest = self._limits.cell_seconds  # that a request may take

    @property
    def is_open(self) -> bool:
        return self._channel.fileno() >= 0

    def run_scripts(
        self,
        expression: str,
        scripts: Sequence[tuple[Sequence[Call], Ask]],
        lender: Lender | None = None,
    ) -> list[list[Outcome]]:
        """Evaluate an expression in the notebook, and run scripts with its value.

        Args:
            expression: Python, usually a name.
            scripts: calls, each with the function that answers its oracles; no calls: ask for the
            value itself.
            lender: answers for functions that are called in place of the notebook's own.

        Returns:
            The outcomes of each script, see :func:`autograder.checking.drive.run`. It is a failure
            if the expression raises, if its value cannot be called, or if a cell's limit was hit:
            the failure's cause says which.
        """
        asks = [ask for _, ask in scripts]
        message = {"expression": expression, "scripts": [list(script) for script, _ in scripts]}
        if lender:
            message["lent"] = list(lender.functions)
        log: list[list[Question]] = [[] for _ in scripts]
        reply = self._ask(message, ANSWER_BYTES, asks, log, lender=lender)
        try:
            results = _outcomes(reply, [len(script) for script, _ in scripts], log)
        except _Broken:
            self._end(BROKE_OFF)
        if self._interrupted:
            limit = Failure("TimeLimit", self._interrupted, cause="limit")
            results = [[_limited(outcome, limit) for outcome in script] for script in results]
            results += [[Outcome(failure=limit)]] * (len(scripts) - len(results))
        if len(results) != len(scripts):
            self._end(BROKE_OFF)
        return results

    def _ask(
        self,
        message: dict[str, Any],
        budget: int,
        asks: Sequence[Ask] = (),
        log: Sequence[list[Question]] = (),
        fd: int | None = None,
        lender: Lender | None = None,
    ) -> dict[str, Any]:
        """The reply to a request; questions that come before the reply are answered.

        Args:
            message: the request.
            budget: the number of bytes that the reply and all questions may have.
            asks: the function that answers, for each script.
            log: where the questions of each script are kept.
            fd: a descriptor to send behind the request.
            lender: answers for functions that are lent.
        """
        if self.stopped:
            raise Stopped(self.stopped)
        self._number += 1
        self._interrupted = ""
        self._granted = 0.0
        start = time.monotonic()
        limit = "notebook_seconds" if self._time.left < self._longest else "cell_seconds"
        deadline = start + min(self._time.left, self._longest)
        try:
            wire.send(self._channel, {"number": self._number, **message}, deadline=deadline)
            if fd is not None:
                socket.send_fds(self._channel, [b"f"], [fd])
            while True:
                if not self._interrupted:
                    deadline += self._put_off(start, deadline)
                if not self._interrupted and not self._is_readable(deadline):
                    self._interrupted = self._hit(limit)
                    if limit == "notebook_seconds":
                        self._end(self._interrupted)
                    self._sandbox.interrupt()
                    deadline = time.monotonic() + GRACE_SECONDS
                reply, size = self._receive(budget, deadline + GRACE_SECONDS)
                budget -= size
                self._reply_bytes = size
                if "lend" in reply:
                    answer = _lend(reply, lender)
                elif "ask" in reply:
                    answer = _answer(reply, asks, log)
                else:
                    return reply
                answer = {"number": self._number, **answer}
                wire.send(self._channel, answer, deadline=deadline + GRACE_SECONDS)
        except _TooLarge:
            self._end(ANSWERS_TOO_LARGE if asks else self._hit("output_bytes"))
        except TimeoutError:
            self._end(self._hit(limit))
        except (wire.WireError, OSError, _Broken):
            self._end(self._interrupted or BROKE_OFF)
        finally:
            self._time.left -= time.monotonic() - start - self._granted

    def _put_off(self, start: float, deadline: float) -> float:
        """Wait for an answer; by how much the deadline is later, as others used the machine."""
        before = self._granted
        most = STRETCH * self._longest
        while not self._is_readable(deadline + self._granted - before) and self._granted < most:
            stolen = self._sandbox.stolen_seconds(time.monotonic() - start)
            if stolen - self._granted < SHORT_SECONDS:
                break
            self._granted = stolen
        return self._granted - before

    def _hit(self, limit: str) -> str:
        """Note that a limit was hit; what a student reads about it."""
        self._sandbox.hit.add(limit)
        return self._limits.sentence(limit)

    def _is_readable(self, deadline: float) -> bool:
        left = max(0.0, deadline - time.monotonic())
        return bool(select.select([self._channel], [], [], left)[0])

    def _receive(self, limit: int, deadline: float) -> tuple[dict[str, Any], int]:
        """The next message, and its size in bytes."""
        if not self._is_readable(deadline):
            raise TimeoutError
        prefix = self._channel.recv(4, socket.MSG_PEEK)
        if len(prefix) < 4:
            raise _Broken
        size = int.from_bytes(prefix, "big")
        if size > limit:
            raise _TooLarge
        reply = wire.receive(self._channel, limit, deadline)
        if reply is None or reply.get("number") != self._number:
            raise _Broken
        return reply, size

    def _end(self, reason: str) -> NoReturn:
        broke_off = reason == BROKE_OFF
        ended = self._kill(SETTLE_SECONDS if broke_off else 0.0)
        self._channel.close()
        self.stopped = self._why(ended) if broke_off else reason
        raise Stopped(self.stopped)

    def _kill(self, settle_seconds: float) -> Ended:
        """End the process; return how it had ended before."""
        raise NotImplementedError

    def _why(self, ended: Ended) -> str:
        """Why a process broke off the conversation."""
        if ended.sandbox_gone:
            return "the sandbox was ended from outside"
        if ended.limit:
            return self._hit(ended.limit)
        if ended.status == -signal.SIGXCPU:
            return self._hit("cpu_seconds")
        if ended.status is None:
            return BROKE_OFF
        how = f"exit status {ended.status}"
        if ended.status < 0:
            how = f"signal {signal.Signals(-ended.status).name}"
        return f"the notebook's process ended by itself ({how})"


class Fork(_Conversation):
    """A copy of a notebook's process, as it was at one place in the notebook.

    It waits until the notebook's own process has ended (:meth:`Session.settle`). Then it can be
    driven, within limits of its own, one copy at a time; :meth:`finish` ends it with all that it
    started.

    Attributes:
        threads: how many threads the process had. The copy has one: it waits for ever for what
            another thread had locked or should have done.
    """

    def __init__(
        self, sandbox: Sandbox, channel: socket.socket, time_left: _Time, pid: int, threads: int
    ) -> None:
        super().__init__(sandbox, channel, time_left)
        self.threads = threads
        self._pid = pid
        self._driven = False
        if threads > 1:
            self._longest = min(self._longest, HANG_SECONDS)

    def run_scripts(
        self,
        expression: str,
        scripts: Sequence[tuple[Sequence[Call], Ask]],
        lender: Lender | None = None,
    ) -> list[list[Outcome]]:
        """See :meth:`_Conversation.run_scripts`."""
        if self.stopped:
            raise Stopped(self.stopped)
        if not self._driven:
            self._sandbox.drive(self._pid)
            self._driven = True
        return super().run_scripts(expression, scripts, lender)

    def finish(self) -> None:
        """End it: the next copy can be driven."""
        if self._driven and self.is_open:
            self._kill(0.0)
        self.give_up()

    def _hit(self, limit: str) -> str:
        if self.threads > 1 and limit == "cell_seconds":
            return self._limits.sentence(limit)  # not that limit: it waits for a lost thread
        return super()._hit(limit)

    def give_up(self) -> None:
        """Leave it undriven."""
        self._channel.close()
        self.stopped = self.stopped or "the notebook was closed"

    def _kill(self, settle_seconds: float) -> Ended:
        return self._sandbox.dismiss(settle_seconds)


class Session(_Conversation):
    """A conversation with the process of one notebook."""

    def __init__(self, sandbox: Sandbox, channel: socket.socket, number: int) -> None:
        super().__init__(sandbox, channel, _Time(sandbox.limits.notebook_seconds))
        self._session = number
        self._bytes_left = 2 * self._limits.output_bytes + 2**20
        self._forks: list[Fork] = []
        self._time_of_forks = _Time(self._limits.notebook_seconds)

    def begin(self, files: Mapping[str, bytes]) -> str:
        """Send the files. Return why the process did not get ready, or ""."""
        try:
            deadline = time.monotonic() + BEGIN_SECONDS
            wire.send(self._channel, {"files": dict(files)}, deadline=deadline)
            reply = wire.receive(self._channel, 2**16, deadline) or {"failed": "it ended"}
            failed = str(reply.get("failed", "it says something else"))
        except (OSError, wire.WireError) as error:
            failed = str(error)
        if failed:
            ended = self._sandbox.end(self._session)
            self._channel.close()
            if ended.limit:  # the files alone were too many: the notebook's own doing
                self.stopped, failed = self._hit(ended.limit), ""
        return failed

    def run_cell(self, source: str) -> CellResult:
        """Run a cell as a notebook would."""
        if not source.strip():
            return CellResult()
        reply = self._ask({"source": source}, self._bytes_left)
        self._bytes_left -= self._reply_bytes
        outputs, count = reply.get("outputs"), reply.get("execution_count")
        if type(outputs) is not list or type(count) not in (int, type(None)):
            self._end(BROKE_OFF)
        return CellResult(outputs, count, self._interrupted)

    def fork(self) -> Fork:
        """A copy of the process as it is now. It waits until :meth:`settle`."""
        channel, inside = socket.socketpair()
        with inside:
            try:
                reply = self._ask({"fork": True}, 2**10, fd=inside.fileno())
            except Stopped:
                channel.close()
                raise
        pid, threads = reply.get("forked"), reply.get("threads")
        if type(pid) is not int or type(threads) is not int or not -1 <= pid < 2**22 or pid == 0:
            channel.close()
            self._end(BROKE_OFF)
        fork = Fork(self._sandbox, channel, self._time_of_forks, pid, threads)
        if pid > 0:
            self._sandbox.keep(pid)
            self._forks.append(fork)
        else:
            channel.close()
            fork.stopped = "no copy of the notebook's process could be made"
        return fork

    def settle(self) -> None:
        """End the notebook's process; its copies are left. Its outputs have been taken."""
        if self.is_open:
            self._kill(0.0)
            self._channel.close()
            self.stopped = self.stopped or "the notebook was closed"

    def close(self) -> None:
        """Kill what is left of the notebook, and delete its files."""
        self.settle()
        if self._forks:
            for fork in self._forks:
                fork.give_up()
            self._forks = []
            self._sandbox.close_session()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _kill(self, settle_seconds: float) -> Ended:
        return self._sandbox.end(self._session, settle_seconds)


def _answer(
    question: dict[str, Any], asks: Sequence[Ask], log: Sequence[list[Question]]
) -> dict[str, Any]:
    """The answer to an oracle's question, which is logged."""
    script, name = question.get("script"), question.get("ask")
    arguments = question.get("arguments")
    if type(script) is not int or type(name) is not str or type(arguments) is not tuple:
        raise _Broken
    if not 0 <= script < len(asks) or any(log[script + 1 :]):
        raise _Broken
    log[script].append((name, arguments))
    try:
        return {"answer": plain(asks[script](name, arguments))}
    except Exception as error:  # an oracle that gets nonsense raises in the student's code
        return {"error": [type(error).__name__, str(error)]}


def _lend(call: dict[str, Any], lender: Lender | None) -> dict[str, Any]:
    """The answer to a call of a function that is lent."""
    name, arguments = call.get("lend"), call.get("arguments")
    keywords, rngs = call.get("keywords"), call.get("rngs")
    if lender is None or type(name) is not str or name not in lender.functions:
        raise _Broken
    if type(arguments) is not tuple or type(keywords) is not dict or type(rngs) is not dict:
        raise _Broken
    try:
        value, states = lender.call(name, arguments, keywords, rngs)
    except Exception as error:  # a function that gets nonsense raises in the student's code
        return {"error": [type(error).__name__, str(error)[:1_000]]}
    return {"answer": value, "rngs": states}


def _outcomes(
    reply: dict[str, Any], lengths: Sequence[int], log: Sequence[list[Question]]
) -> list[list[Outcome]]:
    """The outcomes in a reply, each with the questions that it really asked."""
    outcomes, asked = reply.get("outcomes"), reply.get("asked")
    if type(outcomes) is not list or type(asked) is not list or len(outcomes) != len(asked):
        raise _Broken
    if len(outcomes) > len(lengths):
        raise _Broken
    results = []
    for script, counts, length, questions in zip(outcomes, asked, lengths, log, strict=False):
        if type(script) is not list or type(counts) is not list or len(script) != len(counts):
            raise _Broken
        if not 1 <= len(script) <= max(1, length):
            raise _Broken
        if any(type(outcome) is not Outcome for outcome in script):
            raise _Broken
        if any(o.failure is not None and o.failure.cause == "limit" for o in script):
            raise _Broken  # only this side may say that
        if any(type(count) is not int or count < 0 for count in counts):
            raise _Broken
        if len(script) < length and script[-1].failure is None:
            raise _Broken
        results.append(_with_questions(script, counts, questions))
    return results


def _with_questions(
    script: list[Outcome], counts: list[int], questions: list[Question]
) -> list[Outcome]:
    """Each outcome with its questions; questions that belong to no call go to the last one."""
    ends = list(accumulate(counts))[:-1]
    starts = [0, *ends]
    return [
        replace(outcome, asked=tuple(questions[start:end]))
        for outcome, start, end in zip(script, starts, [*ends, None], strict=True)
    ]


def _limited(outcome: Outcome, limit: Failure) -> Outcome:
    """An outcome in which an interrupt at the limit is replaced by the limit's own failure."""
    failure = outcome.failure
    interrupted = failure is not None and failure.cause == "interrupted"
    return replace(outcome, failure=limit) if interrupted else outcome
