#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the windows of a desktop say, and a finger for their buttons, by way of AT-SPI:

screen.py texts          every text that is shown, a line each
screen.py dialogs        the same of dialogs and alerts only; nothing if none is open
screen.py press NAME     presses the button or menu item of that name; status 1 if there is none
screen.py select NAME    selects the icon or row of that name and gives it the focus; the same
screen.py tree           all that is shown with roles and actions, for whoever writes a test
"""
import sys

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

DIALOGS = {"dialog", "alert", "file chooser", "color chooser"}
PRESSED = {"push button", "toggle button", "menu item", "menu", "check box", "radio button",
           "check menu item", "button"}
LINE_LIMIT = 4000


def children(node):
    for i in range(min(node.get_child_count(), LINE_LIMIT)):
        child = node.get_child_at_index(i)
        if child is not None:
            yield child


def shown(node):
    """All that is shown below a node, the node first; windows that vanish meanwhile are passed over."""
    try:
        role = node.get_role_name()
        states = node.get_state_set()
        if role not in ("application", "desktop frame") and not states.contains(Atspi.StateType.SHOWING):
            return
        yield node, role
        for child in children(node):
            yield from shown(child)
    except GLib.Error:
        return


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
    return list(dict.fromkeys(s for s in said if s and s != "\ufffc"))


def applications():
    return children(Atspi.get_desktop(0))


def everything():
    for application in applications():
        yield from shown(application)


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
                texts(shown(window))


def plain(name):
    return name.replace("_", "").rstrip(".\u2026")


def named(name, roles=None):
    """The last one: what came later lies on top."""
    found = None
    for node, role in everything():
        if (roles is None or role in roles) and plain(node.get_name() or "") == plain(name):
            found = node
    return found


def press(name):
    node = named(name, PRESSED)
    if node is None or not node.get_state_set().contains(Atspi.StateType.SENSITIVE):
        return 1
    return 0 if Atspi.Action.do_action(node.get_action_iface(), 0) else 1


def select(name):
    node = named(name, {"icon", "table cell", "list item"})
    if node is None:
        return 1
    parent = node.get_parent()
    selection = parent.get_selection_iface()
    if selection is not None:
        selection.clear_selection()
        selection.select_child(node.get_index_in_parent())
    node.get_component_iface().grab_focus()
    return 0


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
              "select": select, "tree": tree}[command](*rest)
    return result or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
