-- describe.lua - help for data: lun.help("data"), lun.help("data.csv_rows"), lun.help("pipe:batch")
--
-- A row for each function of data and each stage of a pipeline; a test compares them with the code. SPDX-License-Identifier: MIT
local describe = {}

describe.rows = {
    ["data.TensorDataset"] = {"data.TensorDataset(x, y, ...)", "A data set of samples along dim 1 of tensors."},
    ["data.list"] = {"data.list(items)", "A Lua list as a data set."},
    ["data.Subset"] = {"data.Subset(set, indices)", "The samples of a set at some positions."},
    ["data.random_split"] = {"data.random_split(set, {0.8, 0.2})", "Splits a set at random into parts of given fractions or sizes."},
    ["data.DataLoader"] = {"data.DataLoader(set, {batch_size = 1, shuffle = false, drop_last = false, collate, device, sampler, workers})",
        "Batches of a set for a `for` loop; each `for` is one epoch, # is the number of batches."},
    ["data.k_fold"] = {"for fold, train, validation in data.k_fold(set, k, {shuffle = true, seed, labels}) do",
        "Each sample is once in a validation part; with labels, folds have the classes in equal proportions."},
    ["data.stratified_split"] = {"data.stratified_split(set, labels, {0.8, 0.2}, {seed})",
        "random_split with the classes of the whole in each part."},
    ["data.WeightedRandomSampler"] = {"data.WeightedRandomSampler(weights, count, {replacement = true, seed})", "Positions drawn with weights."},
    ["data.StratifiedSampler"] = {"data.StratifiedSampler(labels, {seed})", "All positions, each batch with about the classes of the whole."},
    ["data.collate"] = {"data.collate(elements, pad)", "Joins elements part by part into a batch; with `pad`, tensors are padded by that number."},
    ["data.csv"] = {"data.csv(path, {delimiter = \",\", header = true})", "A whole CSV file: t.names, t:column(name), t:matrix(names)."},
    ["data.labels"] = {"data.labels(texts)", "Texts as labels: int64 counting from 1, and the list of names."},
    ["data.iris"] = {"data.iris()", "Fisher's iris: x f32[150,4], y in 1..3, names."},
    ["data.digits"] = {"data.digits()", "Handwritten digits 8x8: x f32[1797,64] in 0..1, y in 1..10."},
    ["data.fashion_mnist"] = {"data.fashion_mnist(part, folder)", "Fashion-MNIST of Debian's package: x u8[n,28,28], y in 1..10, names."},
    ["data.mnist"] = {"data.mnist(part, folder)", "MNIST from a folder with its four files: x u8[n,28,28], y in 1..10."},
    ["data.idx"] = {"data.idx(path)", "An IDX file, plain or gzip, as a tensor."},
    ["data.json"] = {"data.json(text)", "The value of a JSON text: objects and arrays are tables, null is nil."},
    ["data.npy"] = {"data.npy(path)", "An .npy file of NumPy as a tensor; pickled objects are refused."},
    ["data.save_npy"] = {"data.save_npy(path, x)", "Writes a tensor as an .npy file, whole or not at all."},
    ["data.npz"] = {"data.npz(path)", "An .npz archive of NumPy: {name = tensor}."},
    ["data.save_npz"] = {"data.save_npz(path, {x = x, y = y})", "Writes tensors by name as an .npz archive, whole or not at all."},
    ["data.mapped"] = {"data.mapped(path, {dtype, shape = {-1, ...}, offset = 0})",
        "The rows of an array in a file larger than memory, as a data set; without options an .npy file."},
    ["data.pipeline"] = {"data.pipeline(x, y) or (set), (list), (function)",
        "A pipeline over samples: tensors along dim 1, a data set, a list, an iterator."},
    ["data.text_lines"] = {"data.text_lines(paths)", "A pipeline of the lines of text files, plain or gzip."},
    ["data.json_lines"] = {"data.json_lines(paths)", "A pipeline of the values of files with one JSON text on each line."},
    ["data.csv_rows"] = {"data.csv_rows(paths, {delimiter = \",\", names, columns, label})",
        "A pipeline of the rows of CSV files: tables {name = value}, or a tensor of `columns`, and the field `label`."},
    ["data.fixed_records"] = {"data.fixed_records(paths, size, {header = 0})", "A pipeline of the records of binary files, `size` bytes each."},
    ["data.to_bytes"] = {"data.to_bytes(x)", "The numbers of a tensor as a string: what data.from_bytes reads."},
    ["data.from_bytes"] = {"data.from_bytes(bytes, dtype, shape)", "Plain numbers in a string as a tensor."},
    ["data.tfrecords"] = {"data.tfrecords(paths)", "A pipeline of the bytes of the records of TFRecord files; checksums are verified."},
    ["data.example"] = {"data.example(bytes)", "A tf.train.Example: {name = tensor or list of byte strings}."},
    ["data.image"] = {"data.image(path, {channels})", "A PNG or JPEG file as uint8 [channels, height, width]."},
    ["data.decode_image"] = {"data.decode_image(bytes, {channels})", "The same for the bytes of a file."},
    ["data.image_folder"] = {"data.image_folder(root, {channels = 3, size})",
        "A data set of pictures: folders below root are classes; set:get(i) gives a picture and its class, from 1."},
    ["data.wav"] = {"data.wav(path)", "A WAV file: float32 [channels, frames] in -1..1, and its frames per second."},
    ["data.profile"] = {"data.profile(pipe)", "Walk it in place of pipe, then print it: time of each stage, input against compute."},
    ["data.zip"] = {"data.zip(a, b, ...)", "Pipelines side by side, until the shortest ends; also a:zip(b)."},
    ["data.concat"] = {"data.concat(a, b, ...)", "One pipeline after the other; also a:concat(b)."},
    ["data.save_state"] = {"data.save_state(path, pipe)", "Writes where a pipeline stands into a file, whole or not at all."},
    ["data.load_state"] = {"data.load_state(path)", "What save_state wrote, for pipe:restore."},
    ["pipe:map"] = {"pipe:map(f, {workers, ordered = true, ahead, seed})",
        "f(element)'s results in place of each element; with workers in so many threads, to which what f captured is copied."},
    ["pipe:prefetch"] = {"pipe:prefetch(n)", "Runs the stages before it in a thread of their own, n elements ahead."},
    ["pipe:filter"] = {"pipe:filter(f)", "The elements for which f(element) is true."},
    ["pipe:shuffle"] = {"pipe:shuffle(buffer, {seed})", "A new order each epoch; sets need no buffer, files draw from the next `buffer` elements."},
    ["pipe:batch"] = {"pipe:batch(n, {drop_last = false, collate})", "n elements joined into one: tensors and numbers are stacked, texts listed."},
    ["pipe:padded_batch"] = {"pipe:padded_batch(n, {value = 0, drop_last = false})", "Batches of tensors of unlike sizes, padded to the largest."},
    ["pipe:bucket_by_length"] = {"pipe:bucket_by_length(boundaries, n, {length, value = 0, drop_last = false})",
        "Padded batches of elements of like length."},
    ["pipe:window"] = {"pipe:window(n, {shift = 1, drop_last = true})", "n elements that follow each other, joined into one."},
    ["pipe:cache"] = {"pipe:cache(path)", "Keeps the elements of the first whole epoch, in memory or in a file."},
    ["pipe:take"] = {"pipe:take(n)", "The first n elements."},
    ["pipe:skip"] = {"pipe:skip(n)", "All but the first n elements."},
    ["pipe:shard"] = {"pipe:shard(n, index)", "Every n-th element from `index` on: the share of one of n processes."},
    ["pipe:rep"] = {"pipe:rep(n)", "The elements n times, or without end; what other libraries call repeat."},
    ["pipe:sample"] = {"pipe:sample(sampler)", "The elements that a sampler says, in its order."},
    ["pipe:zip"] = {"pipe:zip(other, ...)", "Pipelines side by side, until the shortest ends."},
    ["pipe:concat"] = {"pipe:concat(other, ...)", "One pipeline after the other."},
    ["pipe:interleave"] = {"pipe:interleave(f, {cycle = 4, block = 1})", "f(element) makes a pipeline; `cycle` of them give elements in turn."},
    ["pipe:skip_bad"] = {"pipe:skip_bad(limit)", "Leaves out elements that raise an error; pipe.bad counts them."},
    ["pipe:list"] = {"pipe:list(limit)", "All elements, or the first ones, as a Lua list."},
    ["pipe:batches"] = {"pipe:batches()", "A fresh epoch as an iterator, for nested loops."},
    ["pipe:state"] = {"pipe:state()", "Where the pipeline stands, as a plain table."},
    ["pipe:restore"] = {"pipe:restore(state)", "The next `for` gives what was still to come when the state was taken."},
    ["pipe:close"] = {"pipe:close()", "Ends an epoch that was left early: files are closed, threads stop."},
}

local function listing()
    local names, lines = {}, {"Data sets, loaders and pipelines; lun.help(\"data.csv_rows\"), lun.help(\"pipe:batch\") tell more:"}
    for name in pairs(describe.rows) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do lines[#lines + 1] = ("  %-22s %s"):format(name, describe.rows[name][2]) end
    return table.concat(lines, "\n")
end

--- The help of a name, of all for "data"; nil for anything else.
function describe.text(name)
    if name == "data" then return listing() end
    local row = describe.rows[name]
    return row and row[1] .. "\n" .. row[2]
end

return describe
