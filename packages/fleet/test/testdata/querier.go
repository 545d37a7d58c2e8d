// Asks a querier as a client of Connect does, in binary, and prints the answer as fields by their numbers:
// go run querier.go URL METHOD FIELD=VALUE..., where a VALUE is s:TEXT, i:INTEGER or d:NUMBER.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func main() {
	var request []byte
	for _, word := range os.Args[3:] {
		number, value, _ := strings.Cut(word, "=")
		field, err := strconv.ParseUint(number, 10, 29)
		check(err)
		request = appendField(request, field, value)
	}
	answer, err := http.Post(os.Args[1]+"/querier.v1.QuerierService/"+os.Args[2], "application/proto", bytes.NewReader(request))
	check(err)
	body, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode != http.StatusOK {
		fmt.Printf("%d %s %s\n", answer.StatusCode, answer.Header.Get("Content-Type"), body)
		return
	}
	fields, ok := parse(body)
	if !ok {
		check(fmt.Errorf("not a message: %q", body))
	}
	check(json.NewEncoder(os.Stdout).Encode(fields))
}

func appendField(to []byte, field uint64, value string) []byte {
	kind, text, _ := strings.Cut(value, ":")
	switch kind {
	case "s":
		to = binary.AppendUvarint(to, field<<3|2)
		to = binary.AppendUvarint(to, uint64(len(text)))
		return append(to, text...)
	case "i":
		number, err := strconv.ParseInt(text, 10, 64)
		check(err)
		return binary.AppendUvarint(binary.AppendUvarint(to, field<<3), uint64(number))
	default:
		number, err := strconv.ParseFloat(text, 64)
		check(err)
		return binary.LittleEndian.AppendUint64(binary.AppendUvarint(to, field<<3|1), math.Float64bits(number))
	}
}

// parse reads a message without its schema: bytes that are one themselves are taken for one, others for text.
func parse(message []byte) (map[string][]any, bool) {
	fields := map[string][]any{}
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 == 0 {
			return nil, false
		}
		message = message[n:]
		name := strconv.FormatUint(tag>>3, 10)
		switch tag & 7 {
		case 0:
			value, n := binary.Uvarint(message)
			if n <= 0 {
				return nil, false
			}
			fields[name] = append(fields[name], int64(value))
			message = message[n:]
		case 1:
			if len(message) < 8 {
				return nil, false
			}
			fields[name] = append(fields[name], math.Float64frombits(binary.LittleEndian.Uint64(message)))
			message = message[8:]
		case 2:
			size, n := binary.Uvarint(message)
			if n <= 0 || size > uint64(len(message)-n) {
				return nil, false
			}
			content := message[n : n+int(size)]
			if inner, ok := parse(content); ok && !isText(content) {
				fields[name] = append(fields[name], inner)
			} else {
				fields[name] = append(fields[name], string(content))
			}
			message = message[n+int(size):]
		default:
			return nil, false
		}
	}
	return fields, true
}

func isText(content []byte) bool {
	for _, letter := range content {
		if letter < ' ' || letter > '~' {
			return false
		}
	}
	return true
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
