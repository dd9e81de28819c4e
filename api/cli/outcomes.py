"""How the service's commands end where the service refuses."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from optimizer.cli.outcomes import Ending, complain, end

if TYPE_CHECKING:
    from collections.abc import Iterator


def keep_private() -> None:
    """Let nobody else on this machine read what is written from now on, by us or our children."""
    os.umask(0o077)


@contextmanager
def plain_refusals() -> Iterator[None]:
    """End with a message and an exit code where the settings are wrong or the service refuses."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from api.errors import Conflict, Invalid, NotFound, ServiceError

    try:
        yield
    except ValidationError as trouble:
        for error in trouble.errors():
            name = "_".join(str(part) for part in error["loc"]).upper()
            where = f"LODESTONE_{name}: " if name else ""
            complain(f"lodestone: {where}{error['msg'].removeprefix('Value error, ')}")
        end(Ending.INVALID)
    except SettingsError as trouble:
        complain(f"lodestone: {trouble}")
        end(Ending.INVALID)
    except (Conflict, Invalid, NotFound) as trouble:
        complain(f"lodestone: {trouble}")
        end(Ending.INVALID)
    except ServiceError as trouble:
        complain(f"lodestone: {trouble}")
        end(Ending.FAILED)
    except OSError as trouble:
        where = f"{trouble.filename}: " if trouble.filename else ""
        complain(f"lodestone: {where}{trouble.strerror or trouble}")
        end(Ending.FAILED)
