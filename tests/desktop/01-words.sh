#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The words of lib.sh: a dialog is read, one of its buttons is pressed, keys reach it.
. "$(dirname "$0")/lib.sh"

start_desktop
same "$(dialog_text)" "" "what dialogs say before there is one"

zenity --question --title Asked --text "Burn it?" --ok-label=Burn --cancel-label=No 2>"$T/zenity.log" &
pid=$!
contains "$(await_dialog "Burn it?")" $'\nBurn' "the dialog's buttons"
shot dialog
press Burn
wait "$pid" || fail "the button was not pressed"
eventually "the dialog's end" no_dialog

zenity --entry --title Named --text "What is it called?" >"$T/named" 2>>"$T/zenity.log" &
pid=$!
focus Named
typed "A disc"
keys Return
wait "$pid" || fail "the key was not heard"
same "$(<"$T/named")" "A disc" "what was typed"
