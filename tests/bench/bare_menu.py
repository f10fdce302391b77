"""The bare pages behind a menu, at addresses of their own, as every page of this app is."""

import streamlit as st

names = {"bare": "Bare", "bare_controls": "Controls"}
pages = [st.Page(f"{name}.py", title=title, url_path=title.lower()) for name, title in names.items()]
empty = [st.Page(lambda: None, title=title, url_path=title.lower(), default=title == "First") for title in ("First", "Last")]
st.navigation([*empty, *pages], position="top").run()
