"""Making ready what would otherwise be made while somebody waits."""

from app.commands.common import screen_of, settings_of


def warm() -> None:
    """Compile the matcher's loops now, so that no first round waits for them; set-up has done it once."""
    from app.warming import warm as compile_loops

    screen = screen_of(as_json=False, settings=settings_of(None))
    with screen.progress() as steps, steps.step("warm"):
        compile_loops()
