"""What to do, as plain frozen data: ``model`` the shape, ``check`` the gate, ``text`` and ``json_file`` the forms."""
