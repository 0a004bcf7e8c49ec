"""Who may do what: keys, one-time codes, sessions, and the table of permissions.

- `roles`: permissions, the roles that are sets of them, and what each route asks for.
- `secrets`: how keys, codes and cookies are made, and what of them is kept.
- `callers`: from what a client sends to who it is.
"""
