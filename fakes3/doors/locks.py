"""Locks that survive a fork.

A process that is forked while another thread holds a lock inherits it, and nobody there ever releases it. So the child
begins with new ones.

They are held for the few lines that change what all threads share: which mocks are entered, and what is patched for
them. No request waits for them. The garbage collector may run the program's code while one is held, so the thread that
holds it may take it again. They are the interpreter's own: a signal cannot come between one and its `with`.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

_OWNERS: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""The objects that have a lock, with the name of the attribute."""


def give_lock(owner: Any, name: str = "_lock") -> None:
    """Give an object a lock as an attribute, and another one in each forked process."""
    setattr(owner, name, RLock())
    _OWNERS[owner] = name


def _renew_locks() -> None:
    for owner, name in list(_OWNERS.items()):
        # The thread that forks goes on in the child, and releases what it holds.
        if not getattr(owner, name)._is_owned():
            setattr(owner, name, RLock())


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew_locks)
