"""What to do, as plain frozen data: ``model`` the shape, ``check`` the gate; ``text``, ``call_form``, ``json_file`` the forms."""
