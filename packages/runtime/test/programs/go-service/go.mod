module goservice

go 1.22
