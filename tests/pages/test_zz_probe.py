import time, numpy as np
from media.sounding import encode, tone
from .visiting import *
def test_p():
    t=time.time(); at=visit("pages/spectrogram.py"); print("first", time.time()-t)
    print(heading(at), at.exception, at.error); print(facts(at)); print("\n".join(notes(at)))
    for k in at.main.get("html"): pass
    from .test_first_sight import controls_in_sight
    print(controls_in_sight(at.main))
    print([a.proto.alt for a in at.get("audio")], [a.proto.alt for a in at.get("vega_lite_chart")])
    print(at.get("bidi_component")[0].proto.bytes[:300], type(at.get("bidi_component")[0].proto))
    t=time.time(); go(at,"pages/spectrogram.py",recipe="stft~sharpen~istft"); print("second", time.time()-t)
    t=time.time(); at.run(); print("rerun", time.time()-t)
    x=np.random.default_rng(0).normal(size=(1,6000)).astype(np.float32)*.1
    at.file_uploader(key="spectrogram_upload").set_value(("mine.wav", encode(x,"WAV","FLOAT",rate=8000), "audio/wav"))
    t=time.time(); at.run(); print("upload", time.time()-t, at.error, facts(at))
    t=time.time(); go(at,"pages/spectrogram.py",source="own",recipe="stft~box~istft"); print("short", time.time()-t, dict(at.query_params))
    t=time.time(); go(at,"pages/spectrogram.py",source="own",recipe="stft~box~griffin-lim"); print("gl", time.time()-t, dict(at.query_params)); print(facts(at)); print("\n".join(notes(at)))
    t=time.time(); go(at,"pages/spectrogram.py",source="picture-counting"); print("pic", time.time()-t, dict(at.query_params)); print(facts(at), at.error); print("\n".join(notes(at)))
    print([b.key for b in at.button], [c.key for c in at.selectbox], [c.key for c in at.number_input],[c.key for c in at.slider],[c.key for c in at.toggle])
