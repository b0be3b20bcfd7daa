"""From light to payload: cameras, motion gate, decoding, and the two children that do it.

    eye_child ──frames──▶ FrameMemory ──read only──▶ reader_child (caged)
        │ Shot                                            │ Looked
        ▼                                                 ▼
       Eye ──────────────── the door's loop ──────────── Reader

The door imports only the client side (`eye`, `reader`, `pictures`, `memory`, `attention`,
`spec`, `sightings`): none of these loads numpy, OpenCV, zxing-cpp or pyzbar. The children
are exec'ed, hold nothing of the door, and each may die at any time. What a child says is
checked field by field before it is believed. Nothing here knows what a code means.
"""
