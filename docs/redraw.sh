#!/bin/sh
# Runs every command of a page again, from the top of the repository: pictures are drawn, and what stands below
# a line "$ COMMAND" of a console block is replaced by what the command prints. dmabuf-sim must be on the PATH.
#
#   sh docs/redraw.sh docs/the-2019-question.md
set -e
command -v dmabuf-sim > /dev/null || { echo "dmabuf-sim is not on the PATH" >&2; exit 1; }
awk '
    /^```console$/ { console = 1 }
    /^```$/ { console = 0; printed = 0 }
    console && /^\$ / {
        print
        command = substr($0, 3)
        while ((command | getline line) > 0) print line
        if (close(command) != 0) exit 1
        printed = 1
        next
    }
    !printed { print }
' "$1" > "$1.new"
mv "$1.new" "$1"
