"""The simulator: two phones on a page, speaking with the shop as a messenger's people do. From this computer only.

``protocol`` says what goes over the line, /simulator/line; the page is at /simulator, documents and pictures at
/simulator/files/<id>, and the same chats over plain HTTP in ``json_door``.
"""
