#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""notifications.py FILE: takes the notifications of the session, and writes each to the file: its number, the one that
it takes the place of, its percentage or -, summary and body, with tabs between them; newlines are shown as |."""
import sys

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

INTERFACE = """<node><interface name='org.freedesktop.Notifications'>
<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/>
<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='out'/></method>
<method name='CloseNotification'><arg type='u' direction='in'/></method>
<method name='GetCapabilities'><arg type='as' direction='out'/></method>
<method name='GetServerInformation'><arg type='s' direction='out'/><arg type='s' direction='out'/>
<arg type='s' direction='out'/><arg type='s' direction='out'/></method></interface></node>"""
last = 0


def call(_bus, _sender, _path, _interface, method, arguments, invocation):
    global last
    answer = None
    if method == "Notify":
        _app, replaces, _icon, summary, body, _actions, hints, _timeout = arguments.unpack()
        number = replaces
        if not number:
            last = number = last + 1
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            fields = (number, replaces, hints.get("value", "-"), summary, body)
            print("\t".join(str(field).replace("\n", "|") for field in fields), file=file)
        answer = GLib.Variant("(u)", (number,))
    elif method == "GetCapabilities":
        answer = GLib.Variant("(as)", (["body", "body-markup"],))
    elif method == "GetServerInformation":
        answer = GLib.Variant("(ssss)", ("test", "test", "1", "1.2"))
    invocation.return_value(answer)


def acquired(bus, _name):
    bus.register_object("/org/freedesktop/Notifications", Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0],
                        call, None, None)


Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", Gio.BusNameOwnerFlags.NONE, acquired,
                 lambda *_: open(sys.argv[1], "a").close(), None)
GLib.MainLoop().run()
