"""What to do, as plain frozen data: ``model`` the shape, ``check`` the gate, ``text`` the link form."""
