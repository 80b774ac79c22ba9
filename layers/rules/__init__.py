"""What must hold among the features of a layer, what is said where it does not, and the ways out of it.

A layer declares its rules (`declared`); `check` looks, inside the writing transaction, at what has been touched and at its neighbours;
`everywhere` looks at a whole layer or at a list of its features, `standing` at a box.
"""

from layers.rules.checking import check as check
from layers.rules.checking import everywhere as everywhere
from layers.rules.checking import standing as standing
from layers.rules.issues import Fix as Fix
from layers.rules.issues import Issue as Issue
from layers.rules.issues import as_json as as_json
