#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the windows of a desktop say, and a finger for their buttons, by way of AT-SPI:

screen.py texts          every text that is shown, a line each
screen.py dialogs        the same of dialogs and alerts only; nothing if none is open
screen.py press NAME…    presses the button or menu item of the first of the names; status 1 if there is none
screen.py where NAME     the middle of the icon or row of that name in the window that has the focus; the same
screen.py size BYTES     as programs of GLib tell people a size
screen.py tree           all that is shown with roles and actions, for whoever writes a test
"""
import sys

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

DIALOGS = {"dialog", "alert", "file chooser", "color chooser"}
PRESSED = {"push button", "toggle button", "menu item", "menu", "check box", "radio button",
           "check menu item", "button"}
ITEMS = {"icon", "table cell", "list item"}
UNTOLD = {"application", "icon"}   # of which toolkits do not say, or say wrongly, whether they are shown
NO_BREAK = "\u00a0"   # GLib's space before a unit
CHILDREN_LIMIT = 4000


def children(node):
    for i in range(min(node.get_child_count(), CHILDREN_LIMIT)):
        child = node.get_child_at_index(i)
        if child is not None:
            yield child


def shown(node, tells=Atspi.StateType.SHOWING):
    """All that is shown below a node, the node first; windows that vanish meanwhile are passed over."""
    try:
        role = node.get_role_name()
        if role not in UNTOLD and not node.get_state_set().contains(tells):
            return
        yield node, role
        for child in children(node):
            yield from shown(child, tells)
    except GLib.Error:
        return


def told_by(application):
    """The state that tells whether something is shown: GTK 4 knows a simpler one than others."""
    if application.get_toolkit_version().startswith("4."):
        return Atspi.StateType.VISIBLE
    return Atspi.StateType.SHOWING


def words(node):
    """What one node says: its name, and its text where that is something else."""
    said = [node.get_name() or ""]
    try:
        text = node.get_text_iface()
        if text is not None:
            said.append(Atspi.Text.get_text(text, 0, -1))
    except GLib.Error:
        pass
    description = node.get_description()
    if description:
        said.append(description)
    return list(dict.fromkeys(s.replace(NO_BREAK, " ") for s in said if s and s != "\ufffc"))


def applications():
    return children(Atspi.get_desktop(0))


def everything():
    for application in applications():
        yield from shown(application, told_by(application))


def texts(nodes):
    for node, role in nodes:
        if role == "application":
            continue
        for line in words(node):
            print(line)


def dialogs():
    for application in applications():
        for window in children(application):
            if window.get_role_name() in DIALOGS:
                texts(shown(window, told_by(application)))


def plain(name):
    """Without mnemonic and dots; and once, for GTK 4 says a button's text with its mnemonic and without."""
    name = name.replace("_", "").rstrip(".\u2026")
    half = len(name) // 2
    return name[:half] if name[:half] == name[half + 1:] else name


def named(nodes, name, roles):
    """The last one of that name: what came later lies on top."""
    found = None
    for node, role in nodes:
        if role in roles and any(plain(said) == plain(name) for said in words(node)):
            found = node
    return found


def press(*names):
    node = next(filter(None, (named(everything(), name, PRESSED) for name in names)), None)
    if node is None or not node.get_state_set().contains(Atspi.StateType.SENSITIVE):
        return 1
    return 0 if Atspi.Action.do_action(node.get_action_iface(), 0) else 1


def active():
    """What is shown in the window that has the focus."""
    for application in applications():
        for window in children(application):
            if window.get_state_set().contains(Atspi.StateType.ACTIVE):
                yield from shown(window, told_by(application))


def where(name):
    node = named(active(), name, ITEMS)
    if node is None:
        return 1
    box = node.get_component_iface().get_extents(Atspi.CoordType.SCREEN)
    print(box.x + box.width // 2, box.y + box.height // 2)
    return 0


def size(number):
    print(GLib.format_size_full(int(number), GLib.FormatSizeFlags.IEC_UNITS).replace(NO_BREAK, " "))


def tree():
    def walk(node, depth):
        try:
            states = node.get_state_set()
            mark = "" if states.contains(Atspi.StateType.SHOWING) else " (hidden)"
            action = node.get_action_iface()
            actions = [Atspi.Action.get_action_name(action, i)
                       for i in range(Atspi.Action.get_n_actions(action))] if action else []
            print("  " * depth + node.get_role_name() + mark, words(node), actions or "")
            for child in children(node):
                walk(child, depth + 1)
        except GLib.Error as error:
            print("  " * depth + "?", error.message)
    for application in applications():
        walk(application, 0)


def main(arguments):
    Atspi.init()
    command, *rest = arguments
    result = {"texts": lambda: texts(everything()), "dialogs": dialogs, "press": press,
              "where": where, "size": size, "tree": tree}[command](*rest)
    return result or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
