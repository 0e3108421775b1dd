"""Tells joulebook what a program does: steps, phases and named windows, one JSON line each.

`joulebook run` names a file in JOULEBOOK_STEPS; without it every call does nothing. Nothing here can make a program
fail or wait: what cannot be written at once is dropped and counted, and of all faults one is told, once, on stderr.
Standard library only, Python 3.8 and later. docs/guides/python.md shows how it is used.
"""

import atexit
import functools
import itertools
import json
import math
import os
import stat
import sys
import threading
import time

__all__ = [
    "JoulebookCallback",
    "JoulebookLightningCallback",
    "Run",
    "begin",
    "dropped",
    "end",
    "phase",
    "start",
    "step",
    "window",
]

_LONGEST_NAME = 100
_MOST_METRICS = 64
_LONGEST_LINE = 32768
_WHOLE = 2**53
_DEEPEST = 64
_LOOK_EVERY = 1024
_FRESH_MS = 50
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK")
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _warn_once(text):
    try:
        if not _state.warned:
            _state.warned = True
            sys.stderr.write("joulebook: %s; the program is not affected\n" % text)
    except Exception:
        pass


def _harmless(function):
    """A public call: whatever goes wrong inside is told once and stays inside."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _warn_once("%s: %s: %s" % (function.__name__, type(error).__name__, error))
            return None

    return call


def _now_ms():
    return round(time.time() * 1000, 3)


def _rank():
    for name in _RANKS:
        text = os.environ.get(name, "")
        if text.isdigit() and len(text) < 10:
            return int(text)
    return None


class _File:
    """The file that joulebook follows: whole lines are appended to it, each in one write."""

    def __init__(self):
        self.fd = None
        self.identity = None
        self.torn = False
        self.dropped = 0
        self.told = 0
        self.lines = 0
        self.rank = None
        self.path = None
        self.looked_ms = 0.0
        self.stale = True

    def active(self, at_ms):
        """Whether somebody asked for steps, as of the last _FRESH_MS."""
        if not 0 <= at_ms - self.looked_ms < _FRESH_MS:
            self.looked_ms = at_ms
            self.path = os.environ.get("JOULEBOOK_STEPS")
            self.stale = True
        return bool(self.path)

    def look(self):
        """What the environment says has changed."""
        self.looked_ms = 0.0

    def send(self, record):
        if not self.active(record["at_ms"]):
            return
        path = self.path
        if self.lines == 0:
            self.rank = _rank()
        self.lines += 1
        if self.rank is not None:
            record["rank"] = self.rank
        lost = self.dropped
        if lost > self.told:
            record["dropped"] = lost
        if self._write(path, _encode(record)):
            self.told = max(self.told, lost)
        else:
            self.dropped += 1
        if self.lines % _LOOK_EVERY == 0:
            _tidy(path)

    def _write(self, path, text):
        if len(text) > _LONGEST_LINE:
            return False
        try:
            fd = self._opened(path)
            if fd is None:
                return False
            # The end of a line that a full disk cut short keeps it from spoiling the next one.
            line = ("\n" if self.torn else "") + text + "\n"
            data = line.encode("ascii")
            count = os.write(fd, data)
            self.torn = count < len(data)
            return not self.torn
        except OSError as error:
            _warn_once("cannot tell steps: %s" % error)
            return False

    def _opened(self, path):
        """The descriptor; its number stays the same, since other threads may be about to write to it."""
        if self.stale or not self._is_ours():
            with _state.lock:
                self.stale = False
                self._look(path)
                if not self._is_ours():
                    return None
        return self.fd

    def _is_ours(self):
        # A program that becomes a daemon closes all descriptors: ours may then be a file of its own.
        if self.fd is None:
            return False
        try:
            now = os.fstat(self.fd)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) == self.identity

    def _look(self, path):
        # joulebook replaces a file that has grown large (and reads the old one for a while), and takes it away in the end.
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return self._leave()
        identity = (found.st_dev, found.st_ino)
        if not stat.S_ISREG(found.st_mode):  # a pipe could make us wait, or kill us
            return self._leave()
        if identity == self.identity and self._is_ours():
            return None
        fresh = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
        if self._is_ours():
            os.dup2(fresh, self.fd, inheritable=False)
            os.close(fresh)
        else:
            self.fd = fresh
        self.identity = identity

    def _leave(self):
        if self._is_ours():
            os.close(self.fd)
        self.fd = self.identity = None


class _Local(threading.local):
    """What of a thread is open: its phases and its windows, outermost first."""

    def __init__(self):
        self.phases = []
        self.windows = []


class _State:
    def __init__(self):
        self.file = _File()
        self.local = _Local()
        # A signal handler may tell a step while one is being told.
        self.lock = threading.RLock()
        self.ids = itertools.count(1)
        self.pid = os.getpid()
        self.last_step = 0
        self.begun = False
        self.warned = False

    def id(self):
        return "%d-%d" % (self.pid, next(self.ids))


def _fresh():
    """A forked process begins anew: the parent's open windows are the parent's, and its locks may be held for ever."""
    global _state
    before = _state
    _state = _State()
    _state.last_step, _state.begun, _state.warned = before.last_step, before.begun, before.warned


_state = _State()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh)


def _tidy(path):
    """Takes the file away where joulebook was killed and cannot: its folder names the process that reads it."""
    try:
        folder = os.path.dirname(path)
        parts = os.path.basename(folder).split(".")
        if len(parts) != 4 or parts[0] != "joulebook-steps" or parts[2] != _pid_namespace():
            return
        try:
            os.kill(int(parts[1]), 0)
        except ProcessLookupError:
            os.unlink(path)
            os.rmdir(folder)
    except Exception:
        pass


def _pid_namespace():
    try:
        return "".join(c for c in os.readlink("/proc/self/ns/pid") if c.isdigit()) or "0"
    except OSError:
        return "0"


@atexit.register
def _at_exit():
    path = os.environ.get("JOULEBOOK_STEPS")
    if path:
        _tidy(path)


def dropped():
    """How many lines of this process could not be handed over."""
    return _state.file.dropped


# What a value may be


def _number(value, name):
    """A finite number, or None. A tensor on an accelerator is not read: that would wait for all work given to it."""
    kind = type(value)
    if kind is int:
        return value if -_WHOLE < value < _WHOLE else None
    if kind is not float:
        if value is None or isinstance(value, (str, bytes)):
            return None
        place = getattr(getattr(value, "device", None), "type", "cpu")
        if place != "cpu":
            _warn_once("%s is on %s and is left out: give %s.item()" % (name, place, name))
            return None
        try:
            value = float(value)
        except Exception:
            return None
    return value if math.isfinite(value) else None


def _name(value):
    return "".join(c if c.isprintable() else " " for c in str(value)[:_LONGEST_NAME]) or "unnamed"


# Steps


def _hello(at_ms):
    """From here on this program tells its steps: those of its log are counted no more."""
    with _state.lock:
        if _state.begun:
            return
        _state.begun = True
    _state.file.send({"e": "hello", "at_ms": at_ms})


class _Step:
    """A step that has been told; as a context manager it is told again with its own begin and end."""

    __slots__ = ("_id", "_metrics", "_values")

    def __init__(self, values, metrics):
        self._values = values
        self._metrics = metrics
        self._id = _state.id()

    def set(self, **more):
        """What is known only inside the step: s.set(loss=…, tokens=…)."""
        _set(self, more)

    def __enter__(self):
        _enter(self)
        return self

    def __exit__(self, kind, error, trace):
        _leave(self, kind is None)
        return False

    def __repr__(self):
        return "<joulebook step %s>" % self._values.get("step")


_FIELDS = ("tokens", "samples", "epoch", "loss", "lr", "total")


def _take(values, metrics, given):
    for name, value in given.items():
        if value is None:
            continue
        if name == "phase":
            values["phase"] = _name(value)
            continue
        number = value if type(value) is int and -_WHOLE < value < _WHOLE else _number(value, name)
        if number is None:
            continue
        if name in _FIELDS:
            values[name] = number
        elif len(metrics) < _MOST_METRICS:
            metrics[_name(name)] = number


def _tell(one, at_ms):
    values = one._values
    record = {"e": "step", "at_ms": at_ms, "id": one._id}
    record.update(values)
    if "phase" not in values and _state.local.phases:
        record["phase"] = _state.local.phases[-1]
    if one._metrics:
        record["metrics"] = one._metrics
    _state.file.send(record)


@_harmless
def _set(one, more):
    _take(one._values, one._metrics, more)


@_harmless
def _enter(one):
    record = {"e": "enter", "at_ms": _now_ms(), "id": one._id}
    if _state.local.phases:
        record["phase"] = _state.local.phases[-1]
    _state.file.send(record)


@_harmless
def _leave(one, done):
    at_ms = _now_ms()
    if done:
        one._id = _state.id()
        _tell(one, at_ms)
    else:
        _state.file.send({"e": "enter", "at_ms": at_ms, "id": one._id})


class _Nothing:
    """Stands for a step or window that could not be made."""

    id = None

    def set(self, **more):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return False


_NOTHING = _Nothing()


def step(step=None, *, tokens=None, samples=None, epoch=None, loss=None, lr=None, phase=None, total=None, **metrics):
    """One step of the whole job is done; `with joulebook.step(…) as s:` also tells when it began.

    tokens and samples are those of this step (or since the last call), all ranks together; total is the number of
    steps of the job. Without a number the step is the next one, and inside an evaluation or a checkpoint none.
    """
    known = {"tokens": tokens, "samples": samples, "epoch": epoch, "loss": loss, "lr": lr, "phase": phase, "total": total}
    return _step(step, known, metrics) or _NOTHING


_ASIDE = ("eval", "checkpoint", "data", "startup", "stall", "paused")


def _aside(phase):
    phases = _state.local.phases
    return (phase or (phases[-1] if phases else None)) in _ASIDE


@_harmless
def _step(number, known, more):
    number = _number(number, "step")
    with _state.lock:
        at_ms = _now_ms()  # in the order of the numbers
        if not _state.file.active(at_ms):
            return _NOTHING
        if not _state.begun:
            _hello(at_ms)
        if number is None and _aside(known["phase"]):
            values = {}  # steps of an evaluation are none of the training
        else:
            _state.last_step = _state.last_step + 1 if number is None else number
            values = {"step": _state.last_step}
    metrics = {}
    _take(values, metrics, known)
    if more:
        _take(values, metrics, more)
    one = _Step(values, metrics)
    _tell(one, at_ms)
    return one


# Phases and windows


class _Phase:
    __slots__ = ("_phase", "_phases")

    def __init__(self, name):
        self._phase = name
        self._phases = None

    def __enter__(self):
        _enter_phase(self)
        return self

    def __exit__(self, kind, error, trace):
        _leave_phase(self)
        return False


def phase(name):
    """`with joulebook.phase("eval"):` — the time is of that phase; the innermost counts."""
    return _Phase(name)


@_harmless
def _enter_phase(one):
    one._phase = _name(one._phase)
    phases = _state.local.phases
    record = {"e": "phase", "at_ms": _now_ms()}
    if phases:
        record["phase"] = phases[-1]
    if len(phases) < _DEEPEST:
        phases.append(one._phase)
        one._phases = phases
    _state.file.send(record)


@_harmless
def _leave_phase(one):
    phases, one._phases = one._phases, None
    if phases:
        if phases[-1] == one._phase:
            phases.pop()
        else:  # callbacks of a framework need not be nested
            phases.remove(one._phase)
    _state.file.send({"e": "phase", "at_ms": _now_ms(), "phase": one._phase})


class _Window:
    __slots__ = ("_name", "id", "path")

    def __init__(self, name):
        self._name = name
        self.id = None
        self.path = ""

    def __enter__(self):
        _enter_window(self)
        return self

    def __exit__(self, kind, error, trace):
        _leave_window(self)
        return False


def window(name):
    """`with joulebook.window("eval"):` — its energy is in `joulebook report last --by window`."""
    return _Window(name)


@_harmless
def _enter_window(one):
    open_windows = _state.local.windows
    if len(open_windows) >= _DEEPEST:
        return
    parent = open_windows[-1] if open_windows else None
    name = _name(one._name)
    one._name = name
    one.path = name if parent is None else "%s/%s" % (parent.path, name)
    one.id = _state.id()
    open_windows.append(one)
    record = {"e": "begin", "at_ms": _now_ms(), "id": one.id, "name": name, "path": one.path}
    if parent is not None:
        record["parent"] = parent.id
    _state.file.send(record)


@_harmless
def _leave_window(one):
    at_ms = _now_ms()
    if one.id is None:
        return
    if one in _state.local.windows:
        _state.local.windows.remove(one)
    _state.file.send({"e": "end", "at_ms": at_ms, "id": one.id})


def begin(name):
    """Begins a window where a `with` does not fit; end(name) in the same thread ends it."""
    _enter_window(_Window(name))


@_harmless
def end(name):
    """Ends the innermost open window of that name of this thread."""
    name = _name(name)
    for one in reversed(_state.local.windows):
        if one._name == name:
            return _leave_window(one)
    _warn_once('end("%s"): no window of that name is open in this thread' % name)


# Callbacks of Transformers and Lightning: their classes are looked for when one is made, and not before


class _Follower:
    """Turns a trainer's events into lines, of one process of the job alone."""

    def __init__(self):
        self.phases = {}

    @staticmethod
    def begin():
        at_ms = _now_ms()
        _hello(at_ms)
        _state.file.send({"e": "enter", "at_ms": at_ms, "phase": "startup"})

    @staticmethod
    def told(number, values):
        metrics = {}
        record = {"e": "step", "at_ms": _now_ms(), "id": _state.id(), "step": _number(number, "step")}
        _take(record, metrics, values)
        if _state.local.phases and "phase" not in values:
            record["phase"] = _state.local.phases[-1]
        if metrics:
            record["metrics"] = metrics
        _state.file.send(record)

    def enter(self, name):
        if name not in self.phases:
            self.phases[name] = _Phase(name)
            _enter_phase(self.phases[name])

    def leave(self, name):
        one = self.phases.pop(name, None)
        if one is not None:
            _leave_phase(one)


_LOGGED = {"loss": "loss", "learning_rate": "lr"}
_COUNTED = ("step", "epoch", "tokens", "samples", "total", "phase", "num_input_tokens_seen")
_SUMMARY = "total_flos"


def JoulebookCallback(*, every_host=False):
    """A callback for Transformers: Trainer(…, callbacks=[joulebook.JoulebookCallback()]).

    Global rank 0 tells steps; with every_host the first rank of each host, for hosts that have ledgers of their own.
    Tokens are told where TrainingArguments has include_num_input_tokens_seen.
    """
    from transformers import TrainerCallback

    follower = _Follower()

    def speaks(state):
        ours = state.is_local_process_zero if every_host else state.is_world_process_zero
        return ours and _state.file.active(_now_ms())

    seen = {"tokens": 0}

    def counters(state):
        return {"epoch": state.epoch, "total": state.max_steps or None}

    def tokens_of(state):
        before, seen["tokens"] = seen["tokens"], getattr(state, "num_input_tokens_seen", 0) or 0
        return seen["tokens"] - before or None

    def ahead(control):
        # The trainer tells when these end, but not when they begin; an evaluation comes before the save.
        if control.should_evaluate:
            follower.enter("eval")
        elif control.should_save:
            follower.enter("checkpoint")

    class Callback(TrainerCallback):
        @_harmless
        def on_train_begin(self, args, state, control, **kwargs):
            tokens_of(state)
            if speaks(state):
                follower.begin()

        @_harmless
        def on_step_begin(self, args, state, control, **kwargs):
            follower.leave("eval")
            follower.leave("checkpoint")

        @_harmless
        def on_step_end(self, args, state, control, **kwargs):
            if speaks(state):
                follower.told(state.global_step, dict(counters(state), tokens=tokens_of(state)))
                ahead(control)

        @_harmless
        def on_epoch_end(self, args, state, control, **kwargs):
            if speaks(state):
                ahead(control)

        @_harmless
        def on_log(self, args, state, control, logs=None, **kwargs):
            if not speaks(state) or not logs or _SUMMARY in logs:
                return
            values = {_LOGGED.get(name, name): value for name, value in logs.items() if name not in _COUNTED}
            values["phase"] = "eval" if any(name.startswith("eval_") for name in logs) else None
            values.update(counters(state))
            follower.told(state.global_step, values)

        @_harmless
        def on_prediction_step(self, args, state, control, **kwargs):
            if speaks(state):
                follower.enter("eval")

        @_harmless
        def on_evaluate(self, args, state, control, **kwargs):
            follower.leave("eval")
            if speaks(state) and control.should_save:
                follower.enter("checkpoint")

        @_harmless
        def on_save(self, args, state, control, **kwargs):
            follower.leave("checkpoint")

        @_harmless
        def on_train_end(self, args, state, control, **kwargs):
            follower.leave("eval")
            follower.leave("checkpoint")

        @_harmless
        def on_predict(self, args, state, control, metrics=None, **kwargs):
            follower.leave("eval")

    Callback.__name__ = Callback.__qualname__ = "JoulebookCallback"
    return Callback()


def JoulebookLightningCallback(*, tokens=None, every_host=False):
    """A callback for Lightning: Trainer(…, callbacks=[joulebook.JoulebookLightningCallback()]).

    tokens, where given, tells the tokens of one batch on all ranks: a number, or a function of the batch. The loss is
    what training_step returned. every_host is as for JoulebookCallback.
    """
    follower = _Follower()
    seen = {"tokens": 0, "step": 0}

    def speaks(trainer):
        rank = trainer.local_rank if every_host else trainer.global_rank
        return rank == 0 and _state.file.active(_now_ms())

    def loss_of(trainer, outputs):
        loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
        if loss is None:
            return None
        # Where a loss is logged the trainer waits for the accelerator itself.
        if loss.device.type != "cpu" and trainer.global_step % max(1, trainer.log_every_n_steps) != 0:
            return None
        return float(loss) * trainer.accumulate_grad_batches

    class Callback(_lightning_callback()):
        @_harmless
        def on_train_start(self, trainer, pl_module):
            seen["step"] = trainer.global_step
            if speaks(trainer):
                follower.begin()

        @_harmless
        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            if not speaks(trainer):
                return
            if tokens is not None:
                seen["tokens"] += _number(tokens(batch) if callable(tokens) else tokens, "tokens") or 0
            if trainer.global_step == seen["step"]:
                return  # gradients are accumulated: the step is not done
            seen["step"] = trainer.global_step
            batches = trainer.num_training_batches  # infinite where the data tells no length
            done = (batch_idx + 1) / batches if math.isfinite(batches) and batches > 0 else 0
            values = {"epoch": trainer.current_epoch + done, "tokens": seen["tokens"] or None}
            seen["tokens"] = 0
            values["total"] = trainer.max_steps if trainer.max_steps > 0 else None
            values["loss"] = loss_of(trainer, outputs)
            follower.told(trainer.global_step, values)

        @_harmless
        def on_validation_start(self, trainer, pl_module):
            if speaks(trainer):
                follower.enter("eval")

        @_harmless
        def on_validation_end(self, trainer, pl_module):
            follower.leave("eval")

        @_harmless
        def on_exception(self, trainer, pl_module, exception):
            follower.leave("eval")

    Callback.__name__ = Callback.__qualname__ = "JoulebookLightningCallback"
    return Callback()


def _lightning_callback():
    """Of the package that the program uses already: its two names are two packages that do not know each other."""
    names = ("lightning.pytorch", "pytorch_lightning")
    for name in sorted(names, key=lambda one: one not in sys.modules):
        try:
            return __import__(name, fromlist=["Callback"]).Callback
        except ImportError:
            continue
    raise ImportError("JoulebookLightningCallback needs lightning or pytorch_lightning")


# Notebooks and processes that live long

_BEGIN_S = 5
_END_S = 20
_REPORT_S = 120


class Run:
    """A metering of this process by `joulebook attach`, as start() gives it."""

    def __init__(self, name, options):
        self._pid = os.getpid()
        self._name = name
        self._options = options
        self._child = None
        self._command = None
        self._folder = None
        self._id = None
        self._made = None
        self._outer = False

    @property
    def id(self):
        """The id of the run; None where nothing is metered."""
        _find_id(self)
        return self._id

    def stop(self):
        """Ends the metering and gives this run; a second call does nothing."""
        _stop(self)
        return self

    def report(self):
        """What `joulebook report ID --json` tells, as a dict; None where there is none."""
        return _report(self)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()
        return False

    def __repr__(self):
        return _describe(self) or "<joulebook run>"

    def _repr_html_(self):
        return _html(self) or "<pre>joulebook run</pre>"


def start(name=None, **options):
    """Meters this process from now on: run = joulebook.start("baseline", zone="DE"), and later run.stop().

    Options are those of `joulebook attach --help`. Without a joulebook command nothing is metered, and under
    `joulebook run` it meters already. Waits at most 5 s for the metering to begin.
    """
    run = Run(name, options)
    _start(run)
    return run


@_harmless
def _start(run):
    import shutil

    run._command = os.environ.get("JOULEBOOK_BIN") or shutil.which("joulebook")
    if os.environ.get("JOULEBOOK_STEPS"):
        run._id = os.environ.get("JOULEBOOK_RUN_ID")
        run._outer = True
        return _warn_once("this process is metered already, as run %s: start() begins no other" % run._id)
    if run._command is None:
        return _warn_once("no joulebook command is on PATH (or in JOULEBOOK_BIN): nothing is metered")
    try:
        _attach(run)
    except BaseException:
        _forget(run)
        raise
    _await(run)


def _attach(run):
    import subprocess
    import tempfile

    prefix = "joulebook-steps.%d.%s." % (os.getpid(), _pid_namespace())
    run._folder = tempfile.mkdtemp(prefix=prefix).rstrip("/")
    path = os.path.join(run._folder, "steps.jsonl")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    words = [run._command, "attach", str(os.getpid()), "--quiet", "--steps-from", path]
    if run._name is not None:
        words += ["--name", str(run._name)]
    words += _words(run._options)
    with open(os.path.join(run._folder, "said"), "wb") as said:
        # A session of its own: a notebook's interrupt goes to the whole group.
        run._child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, env=_plain_environment()
        )
    os.environ["JOULEBOOK_STEPS"] = path
    _state.file.look()
    _state.last_step = 0
    atexit.register(_at_end, run)


def _plain_environment():
    return {name: text for name, text in os.environ.items() if name not in ("JOULEBOOK_STEPS", "JOULEBOOK_RUN_ID")}


def _words(options):
    words = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            for one in value if isinstance(value, (list, tuple)) else [value]:
                words += [option, str(one)]
    return words


def _await(run):
    until = time.monotonic() + _BEGIN_S
    while time.monotonic() < until and run._child.poll() is None:
        if run.id is not None:
            return
        time.sleep(0.01)
    if run._child.poll() is not None:
        said = _said(run).strip()
        _forget(run)
        _warn_once("joulebook attach ended at once: %s" % (said or "it said nothing"))


def _said(run):
    try:
        with open(os.path.join(run._folder, "said"), encoding="utf-8", errors="replace") as file:
            return file.read(65536)
    except (OSError, TypeError):
        return ""


@_harmless
def _find_id(run):
    if run._id is not None or run._folder is None:
        return
    for line in _said(run).splitlines():
        words = line.split()
        if words[:2] == ["joulebook:", "run"] and words[3:4] == ["meters"]:
            run._id = words[2]


@_harmless
def _stop(run):
    child = run._child
    if child is None or run._pid != os.getpid():
        return
    _find_id(run)
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(_END_S)
    except Exception:
        child.kill()
        child.wait(1)
    _forget(run)


def _forget(run):
    """Takes back what the start left: the variable and the folder."""
    atexit.unregister(_at_end)
    folder, run._folder, run._child = run._folder, None, None
    if folder is None:
        return
    path = os.path.join(folder, "steps.jsonl")
    if os.environ.get("JOULEBOOK_STEPS") == path:
        del os.environ["JOULEBOOK_STEPS"]
        _state.file.look()
    for name in (path, os.path.join(folder, "said")):
        try:
            os.unlink(name)
        except OSError:
            pass
    try:
        os.rmdir(folder)
    except OSError:
        pass


@_harmless
def _at_end(run):
    """joulebook is told to end but not waited for; it reads the last lines and takes the folder away."""
    if run._child is not None and run._pid == os.getpid() and run._child.poll() is None:
        run._child.terminate()
        run._child.returncode = 0


@_harmless
def _report(run):
    import subprocess

    if run._made is not None or run.id is None or run._command is None:
        return run._made
    words = [run._command, "report", run.id, "--json"]
    words += _words({"ledger": run._options.get("ledger")})
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_REPORT_S, check=False)
    if done.returncode != 0:
        return _warn_once(done.stderr.decode("utf-8", "replace").strip() or "there is no report")
    made = json.loads(done.stdout)
    if run._child is None and not run._outer:
        run._made = made
    return made


def _amount(figure, unit):
    if figure["value"] is None:
        return "unknown: %s" % figure["why"]
    return "%.3g %s (90 %%: %.3g to %.3g)" % (figure["value"], unit, figure["low"], figure["high"])


@_harmless
def _describe(run):
    if run.id is None:
        return "<joulebook run: nothing is metered>"
    if run._made is None:
        return "<joulebook run %s: %s>" % (run.id, "stopped" if run._child is None else "metering")
    return "<joulebook run %s: %s>" % (run.id, _amount(run._made["energy"]["it_j"], "J"))


@_harmless
def _html(run):
    import html

    made = _report(run) if run._child is None else None
    if made is None:
        return "<pre>%s</pre>" % html.escape(_describe(run) or "")
    rows = [
        ("run", "%s %s" % (run.id, made["run"]["name"] or "")),
        ("duration", "%.3g s" % made["run"]["duration_s"]),
        ("IT energy", _amount(made["energy"]["it_j"], "J")),
        ("emissions", _amount(made["emissions"]["operational_g"], "gCO2e")),
    ]
    cells = "".join("<tr><th>%s</th><td>%s</td></tr>" % (a, html.escape(b)) for a, b in rows)
    return "<table>%s</table>" % cells
