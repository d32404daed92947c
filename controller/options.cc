namespace meshtrace::controller {}
