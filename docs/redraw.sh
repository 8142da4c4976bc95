#!/bin/sh
# Runs the commands of a page again: pictures are drawn, and what stands below a line "$ COMMAND" of a console block is
# replaced by what it prints. Call it from the top of the repository, with dmabuf-sim on the PATH.
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
' "$1" > "$1.new" || { rm "$1.new"; exit 1; }
mv "$1.new" "$1"
