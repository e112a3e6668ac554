#!/bin/bash
# SPDX-License-Identifier: MIT
@DIRECTIVES@

# Written by irmae submit --after: tables and a report of what is there once the arrays have ended, well or not.

# ---- prologue ----
@PROLOGUE@
# ---- end of the prologue ----
set +eu +o pipefail # whatever the prologue has set: what follows looks at each status itself

# Below the prologue, which may use the same names.
irmae=@IRMAE@
output=@OUTPUT@

"$irmae" table ranks "$output"
table=$?
"$irmae" report "$output" -o "$output/report.html" || exit
echo "irmae: wrote $output/report.html"
exit "$table"
