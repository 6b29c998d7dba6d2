"""Builds every service: `Deps` once a process, `Services` once a unit of work. The only place that knows all rooms.

Owns which object is handed to which. Decides nothing, reads no request.
"""

from idp.wiring.deps import Deps
from idp.wiring.services import Services

__all__ = ["Deps", "Services"]
